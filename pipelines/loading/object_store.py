"""Object stores that settings name, through fsspec: opened with the credentials of an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlparse

from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.exceptions import MissingDependencyException
from dlt.common.storages.configuration import FilesystemConfiguration
from dlt.common.storages.fsspec_filesystem import fsspec_from_config
from fsspec import AbstractFileSystem, get_filesystem_class
from fsspec.core import url_to_fs

from pipelines.errors import LoadError
from pipelines.loading.source import Account

#: Object stores whose fsspec package is installed on demand: protocol -> package.
EXTRA_PACKAGES: Final = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "azure": "adlfs",
    "sftp": "paramiko",
}


def is_local(url: str) -> bool:
    """Whether it is a path or a `file:` URL of this machine."""
    return FilesystemConfiguration.is_local_path(url) or url.startswith("file:")


def open_files(url: str, account: Account, setting: str) -> tuple[AbstractFileSystem, str]:
    """The file system of a path or URL of any kind, and the path in it.

    Raises:
        LoadError: as `open_store`, or it is nothing that files can be read from.
    """
    if urlparse(url).scheme in EXTRA_PACKAGES:
        return open_store(url, account, setting)
    try:
        filesystem, path = url_to_fs(url)
    except (ImportError, ValueError, OSError) as error:
        raise LoadError(f"{setting} is no folder that can be read: {error}") from None
    return filesystem, str(path)


def open_store(url: str, account: Account, setting: str) -> tuple[AbstractFileSystem, str]:
    """The store of a URL and the path in it; `setting` is where the URL stands.

    Credentials have dlt's own names, such as
    `SOURCES__APP_EVENTS__CREDENTIALS__AWS_ACCESS_KEY_ID`.

    Raises:
        LoadError: its package is not installed, credentials are missing, or nobody knows such URLs.
    """
    protocol = urlparse(url).scheme
    try:
        get_filesystem_class(protocol)
        config = resolve_configuration(
            FilesystemConfiguration(bucket_url=url), sections=("sources", account.name)
        )
        filesystem, _ = fsspec_from_config(config)
    except (MissingDependencyException, ImportError) as error:
        package = EXTRA_PACKAGES.get(protocol, f"the fsspec package for {protocol}")
        raise LoadError(
            f"{setting} is {url}, which needs a package that is not installed: "
            f"pip install {package}"
        ) from error
    except ConfigFieldMissingException as error:
        prefix = account.setting_name("CREDENTIALS__")
        raise LoadError(
            f"{setting} is {url}, which needs credentials: set them by dlt's "
            f"names (for s3 {prefix}AWS_ACCESS_KEY_ID and {prefix}AWS_SECRET_ACCESS_KEY)."
        ) from error
    except ValueError as error:
        raise LoadError(
            f"{setting} is {url}: {protocol}:// is not a known object store."
        ) from error
    filesystem.invalidate_cache()
    return filesystem, _path(filesystem, url)


def _path(filesystem: Any, url: str) -> str:
    return str(filesystem._strip_protocol(url)).rstrip("/")


@contextmanager
def store_errors(url: str, setting: str) -> Iterator[None]:
    """Each store's package has errors of its own: all of them become ours.

    Raises:
        LoadError: what is asked of the store meanwhile fails, such as for a refused key.
    """
    try:
        yield
    except LoadError:
        raise
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise LoadError(f"{setting} is {url}, which cannot be read ({said}).") from error
