"""The results of compare.py as tables: for a terminal, and the README's."""

TITLES = {"step": "training step", "evaluation": "evaluation of the test images"}


def amount(ms):
    """Milliseconds as a person writes them."""
    if ms >= 10000:
        return f"{ms / 1000:.1f} s"
    if ms >= 1000:
        return f"{ms / 1000:.2f} s"
    return f"{ms:.3g} ms" if ms < 100 else f"{ms:.0f} ms"


def mebibytes(count):
    return f"{count / 2**20:.0f} MiB"


def spread(row):
    return f"{row['ratio_min']:.1f} to {row['ratio_max']:.1f}"


def print_tables(result):
    print(f"{result['device']['name']} ({result['device']['version']}), {result['threads']} threads, "
          f"batch {result['batch']}, {result['data']}, {result['date']}")
    for framework in result["frameworks"].values():
        print(f"\n{framework['version']}\n")
        print(f"{'model':<10}{'what':<31}{'clnoise':>10}{'theirs':>10}{'ratio':>7}   {'range':<14}"
              "their best")
        for name, model in framework["models"].items():
            for what, title in TITLES.items():
                for row in model[what]["ways"].values():
                    print(f"{name:<10}{title:<31}{amount(row['clnoise_ms']):>10}"
                          f"{amount(row['ms']):>10}{row['ratio']:>7.2f}   {spread(row):<14}"
                          f"{row['best']}")
            if "epoch" in model:
                row = model["epoch"]
                print(f"{name:<10}{'peak memory of a run':<31}"
                      f"{mebibytes(row['clnoise_peak_bytes']):>10}{mebibytes(row['peak_bytes']):>10}"
                      f"{row['ratio']:>7.2f}   {mebibytes(row['import_bytes'])} after its imports")
                print(f"{name:<10}{'run of one epoch, all told':<31}"
                      f"{amount(row['clnoise_seconds'] * 1000):>10}"
                      f"{amount(row['seconds'] * 1000):>10}"
                      f"{row['seconds'] / row['clnoise_seconds']:>7.2f}")
        print_variants(framework)
    print("\nratio: theirs over clnoise's, median of paired rounds; above 1 clnoise is better")


def print_variants(framework):
    print()
    for name, model in framework["models"].items():
        for what, title in TITLES.items():
            row = model[what]
            every = ", ".join(f"{variant} {amount(ms)}" for variant, ms in row["variants_ms"].items())
            print(f"{name}, {title}: {every}")
        for variant, reason in model["failed"].items():
            print(f"{name}: {variant} failed: {reason}")
        check = model["check"]
        print(f"{name}: same {check['parameters']} parameters; the loss of the first batch differs "
              f"by {check['first_loss_difference']:.1e}, of later ones by at most "
              f"{check['later_loss_difference']:.1e}", end="")
        if "test_loss_difference" in check:
            print(f", of the test images by {check['test_loss_difference']:.1e}", end="")
        print(" (relative)")


def print_markdown(result):
    """A row for each model and quantity, a column for each framework and way to run it."""
    columns, heads = [], []
    for framework in result["frameworks"].values():
        for way in list(framework["models"].values())[0]["step"]["ways"]:
            columns.append((framework["models"], way))
            first = framework["version"] not in heads
            heads.append(framework["version"] if first else f"the same, {way}")
    print(f"| | clnoise | {' | '.join(heads)} |")
    print("|---|---|" + "---|" * len(columns))
    for name in dict.fromkeys(name for models, _ in columns for name in models):
        every = [(models.get(name, {}), way) for models, way in columns]
        for what, title in TITLES.items():
            print_row(f"{name}, {title}", [timed(model[what]["ways"][way]) if model else None
                                           for model, way in every])
        print_row(f"{name}, one epoch from the shell", [whole(model, way, "seconds")
                                                        for model, way in every])
        print_row(f"{name}, peak memory of that", [whole(model, way, "peak_bytes")
                                                   for model, way in every])


def timed(row):
    return amount(row["clnoise_ms"]), f"{amount(row['ms'])}: **{row['ratio']:.1f}** ({spread(row)})"


def whole(model, way, key):
    """What one epoch as a whole program took on both sides."""
    if "epoch" not in model or way != "as installed":
        return None
    ours, theirs = (model["epoch"][f"{side}{key}"] for side in ("clnoise_", ""))
    text = mebibytes if key == "peak_bytes" else lambda seconds: amount(1000 * seconds)
    return text(ours), f"{text(theirs)}: **{theirs / ours:.1f}**"


def print_row(title, cells):
    """Ours is that of the first framework which has the row."""
    known = [cell for cell in cells if cell]
    if known:
        print(f"| {title} | {known[0][0]} | {' | '.join(cell[1] if cell else '-' for cell in cells)} |")
