"""Tables for people: as text, or as Markdown."""


class Table:
    def __init__(self, title, heads, rows):
        self.title = title
        self.heads = [str(head) for head in heads]
        self.rows = [[str(cell) for cell in row] for row in rows]

    def text(self):
        widths = [max(len(row[i]) for row in [self.heads] + self.rows) for i in range(len(self.heads))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                 for row in [self.heads] + self.rows]
        return "\n".join([self.title] + ["  " + line for line in lines])

    def markdown(self):
        lines = [self.heads, ["---"] * len(self.heads)] + self.rows
        return "\n".join([self.title + ":", ""]
                         + ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
                            for line in lines])


def show(table):
    if table.rows:
        print(f"\n{table.text()}", flush=True)


def write_markdown(path, heads, tables):
    """The heads are sentences that stand before the tables."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n\n".join(["\n".join(heads)] + [table.markdown() for table in tables if table.rows])
                   + "\n")


def number(value):
    if value is None:
        return "-"
    size = abs(value)
    if isinstance(value, int) or size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.3f}"


def spread(figure, unit=""):
    """The median, with its quartiles; alone where there was one round, or all were the same."""
    if figure is None:
        return "-"
    median, q1, q3 = (number(figure[key]) for key in ("median", "q1", "q3"))
    return median + unit + (f" ({q1}..{q3})" if q1 != q3 else "")


def faults(row):
    found = [f"{row[kind]} {kind}" for kind in ("lost", "doubled", "torn") if row[kind]]
    return ", ".join(found) or "none"


def label(row):
    name = row["transport"]
    return f"{name} {row['delivery']}" if name == "frameferry" else name


def heads(figures):
    about = figures["machine"]
    lines = [f"{about['processor']}, {about['cores']} cores, {about['system']}.",
             f"Load average {about['load_average']:.2f} at the beginning. Medians, with quartiles."]
    return lines + [f"Left out: {text}." for text in figures["left_out"]]
