"""What-if: a month of the books once more, with other models, prices or plans.

`files` reads `scenarios/*.yml`, `reckoning` plays a scenario on a month of
`pipelines.published.questions.books`, `command` is `usage-vs-revenue scenario`. Quality of answers
is not modelled.
"""
