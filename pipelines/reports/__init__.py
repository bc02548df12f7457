"""Monthly reports of a customer or the company, as PDF, Excel and JSON.

model.py       what a report is: sections of facts, charts and tables
customer.py, company.py   read a month from the published build into that
pdf.py, excel.py, as_json.py   write it down; `report.typ`, `charts.py` and `fonts/` are the PDF's
issues.py      figures of issued board reports, which the next one is compared with
making.py      which reports can be made, and in which formats
command.py     `usage-vs-revenue report`
digest/        `usage-vs-revenue digest`: what moved, in one message
"""
