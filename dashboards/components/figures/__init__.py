"""Plotly figures from rows: bars over time, lines, a waterfall, a heatmap, points, ranked bars.

Source text goes through `plain` before Plotly sees it, which would read markup in it. Colours come
with patterns, dashes or markers, never alone. Axes of bars begin at zero.
"""

from dashboards.components.figures.annotations import add_remarks
from dashboards.components.figures.bar_charts import (
    bars,
    columns_of,
    ranked,
    waterfall,
)
from dashboards.components.figures.cohorts import (
    cell_code,
    heatmap,
)
from dashboards.components.figures.layout import (
    HEIGHT,
    Rows,
    Unit,
    laid_out,
    money_axis,
    number_axis,
    pattern,
    plain,
    rate_axis,
    time_axis,
    unsure,
)
from dashboards.components.figures.line_charts import (
    amounts,
    lines,
)
from dashboards.components.figures.scatter import (
    points,
)

__all__ = [
    "HEIGHT",
    "Rows",
    "Unit",
    "add_remarks",
    "amounts",
    "bars",
    "cell_code",
    "columns_of",
    "heatmap",
    "laid_out",
    "lines",
    "money_axis",
    "number_axis",
    "pattern",
    "plain",
    "points",
    "ranked",
    "rate_axis",
    "time_axis",
    "unsure",
    "waterfall",
]
