import json

import numpy as np
import pytest

from benchmarks.faces_regions import measure, oracle_overlap
from fer_tf.errors import InputError
from fer_tf.faces.au_polygons import AU_POLYGONS
from fer_tf.labels import ACTION_UNITS


def region_file(path, regions):
    path.write_text(json.dumps({"regions": {name: {"mp478_vertices": points} for name, points in regions.items()}}))
    return path


def test_every_unit_is_measured_and_nothing_leaves_its_range():
    metrics, intervals = measure(count=3)
    assert intervals == {}
    for kind in ("truth_in_region", "iou_with_truth", "core_in_region"):
        assert [f"{kind}_au{unit}" in metrics for unit in ACTION_UNITS] == [True] * 24
    rates = {name: value for name, value in metrics.items() if "per_second" in name}
    assert len(rates) == 2
    assert all(value > 0 for value in rates.values())
    assert all(0 <= value <= 1 for name, value in metrics.items() if name not in rates)
    assert metrics["centres_in_region"] == 1


def test_overlap_with_a_map_of_our_own_triangles(tmp_path):
    # Two triangles of the cheek (unit 6), one of the chin given to unit 12, and a unit that we do not know.
    file = region_file(tmp_path / "map.json", {"AU06": [50, 118, 101, 117], "AU12": [199, 171, 175], "AU38": [1, 2]})
    overlaps = oracle_overlap(file)
    assert set(overlaps) == {6, 12}
    assert overlaps[6][0] == 1
    assert 0 < overlaps[6][1] < 0.5
    assert overlaps[12] == (0, 0)


def test_triangles_cut_along_the_other_diagonal_are_found(tmp_path):
    # Of the quadrilateral 34 139 162 127 the mesh has the triangles 127 34 139 and 162 127 139.
    regions = {"AU02": [34, 139, 162], "AU11": [34, 127, 162]}
    assert set(oracle_overlap(region_file(tmp_path / "map.json", regions))) == {2, 11}


@pytest.mark.parametrize("content", ["no json", "{}", '{"regions": {"AU01": {}}}', '{"regions": {"x": 3}}'])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "map.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"map\.json: expected py-feat's au_region_map\.json"):
        oracle_overlap(path)
    with pytest.raises(InputError, match="expected py-feat's"):
        oracle_overlap(tmp_path / "absent.json")


def test_polygons_name_points_of_the_mesh_once():
    for unit, polygons in AU_POLYGONS.items():
        for polygon in polygons:
            assert len(set(polygon)) == len(polygon) >= 9, unit
            assert np.isin(polygon, np.arange(468)).all()
