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
                row = model[what]
                print(f"{name:<10}{title:<31}{amount(row['clnoise_ms']):>10}{amount(row['ms']):>10}"
                      f"{row['ratio']:>7.2f}   {spread(row):<14}{row['best']}")
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
    """A row for each model and quantity; a framework has two columns."""
    frameworks = list(result["frameworks"].values())
    models = list(frameworks[0]["models"])
    heads = [f"{framework['version']} | times ours" for framework in frameworks]
    print(f"| | clnoise | {' | '.join(heads)} |")
    print("|---|---" + "|---|---" * len(frameworks) + "|")
    for name in models:
        every = [framework["models"].get(name) for framework in frameworks]
        for what, title in TITLES.items():
            ours = amount(every[0][what]["clnoise_ms"])
            cells = [f"{amount(model[what]['ms'])} ({model[what]['best']}) | "
                     f"**{model[what]['ratio']:.1f}** ({spread(model[what])})" if model else "- | -"
                     for model in every]
            print(f"| {name}, {title} | {ours} | {' | '.join(cells)} |")
        if all(model and "epoch" in model for model in every):
            epochs = [model["epoch"] for model in every]
            cells = [f"{mebibytes(row['peak_bytes'])} | **{row['ratio']:.1f}**" for row in epochs]
            print(f"| {name}, peak memory of a run | {mebibytes(epochs[0]['clnoise_peak_bytes'])} | "
                  f"{' | '.join(cells)} |")
            cells = [f"{amount(row['seconds'] * 1000)} | "
                     f"**{row['seconds'] / row['clnoise_seconds']:.1f}**" for row in epochs]
            print(f"| {name}, run of one epoch, all told | "
                  f"{amount(epochs[0]['clnoise_seconds'] * 1000)} | {' | '.join(cells)} |")
