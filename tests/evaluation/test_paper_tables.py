from fer_tf.evaluation.paper_tables import Row, markdown, with_interval

NAN = float("nan")


def test_a_table_has_the_paper_ours_and_the_difference():
    rows = [
        Row(("male", "female"), 0.4123, (0.4, 0.43), 0.44),
        Row(("mixed", "female"), NAN, (NAN, NAN), 0.54),
        Row(("dark", "light"), 0.5, (NAN, NAN)),
    ]
    lines = markdown(("trained on", "tested on"), rows).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["trained on", "tested on", "paper", "ours", "ours - paper"]
    assert cells[2] == ["male", "female", "0.44", "0.412 [0.400, 0.430]", "-0.028"]
    assert cells[3] == ["mixed", "female", "0.54", "undefined", "undefined"]
    assert cells[4] == ["dark", "light", "-", "0.500", "-"]
    assert len({len(line) for line in lines}) == 1


def test_an_interval_has_as_many_digits_as_its_value():
    assert with_interval(0.5, (0.25, 0.75), 2) == "0.50 [0.25, 0.75]"
