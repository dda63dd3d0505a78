"""Asks a running app about its cloud, as a robot would: `python3 remote_client.py '{"url": ..., ...}'`.

The scene is that of tests/plugin/stage.rs: two office chairs and a table, each a ball of Gaussians. Any answer that is wrong
ends this program with a traceback.
"""

import json
import pathlib
import sys
import urllib.error
import urllib.request

SCENE = json.loads(sys.argv[1])


def post(body, headers=()):
    """Status and JSON of the answer to any bytes."""
    request = urllib.request.Request(SCENE["url"], data=body, headers={"Content-Type": "application/json", **dict(headers)})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def request(method, params, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def ask(method, **params):
    """The result of a method."""
    status, answer = post(json.dumps(request(method, params)).encode())
    assert status == 200 and answer["id"] == 1 and "error" not in answer, answer
    return answer["result"]


def fails(method, code, **params):
    """The method is refused by this number."""
    _, answer = post(json.dumps(request(method, params)).encode())
    assert answer["error"]["code"] == code, answer


def near(a, b, most):
    assert len(a) == len(b) and max(abs(x - y) for x, y in zip(a, b)) <= most, (a, b, most)


def protocol():
    names = [method["name"] for method in ask("rpc.discover")["methods"]]
    assert "splats.pick" in names and len(names) == 9, names
    assert post(b"{")[1]["error"]["code"] == -32700
    assert post(b"[]")[1]["error"]["code"] == -32600
    fails("splats.paint", -32601)
    fails("splats.pick", -32602, pixel=[1])
    fails("splats.clouds", -32602, colour="red")
    fails("splats.camera", -23401, camera=(1 << 40) + 9)
    batch = [request("splats.clouds", {}, 7), request("nobody", {}, 8), {"jsonrpc": "2.0", "method": "splats.clouds"}]
    status, answers = post(json.dumps(batch).encode())
    assert status == 200 and [answer["id"] for answer in answers] == [7, 8], answers
    assert post(json.dumps(batch[2]).encode()) == (204, None)
    assert post(b" " * ((1 << 20) + 1))[0] == 413
    assert post(b"{}", {"Origin": "http://example.org"})[0] == 403


def classes():
    (cloud,) = ask("splats.clouds")
    assert (cloud["name"], cloud["count"], cloud["classes"]) == ("blobs", 3 * SCENE["rows"], 2), cloud
    chair, table = ask("splats.classes")
    assert (chair["id"], chair["name"], chair["count"]) == (5, "office chair", 2 * SCENE["rows"]), chair
    assert (table["name"], table["colour"]) == ("table", [60, 170, 240]) and table["confidence"] > 0.95, table
    assert ask("splats.classes", cloud=cloud["entity"]) == [chair, table]


def boxes():
    chairs = ask("splats.objects", **{"class": "chair"})
    assert len(chairs) == 2 and len(ask("splats.objects")) == 3
    chairs.sort(key=lambda chair: chair["centre"][0])
    for chair, centre in zip(chairs, SCENE["chairs"]):
        low, high = chair["box"]["low"], chair["box"]["high"]
        near(chair["centre"], centre, 0.05)
        near([0.5 * (a + b) for a, b in zip(low, high)], centre, 0.05)
        near([0.5 * (b - a) for a, b in zip(low, high)], [SCENE["radius"]] * 3, 0.05)
        assert min(chair["oriented_box"]["half"]) > 0.8 * SCENE["radius"], chair
        assert chair["class"]["name"] == "office chair" and chair["count"] == SCENE["rows"], chair
    assert ask("splats.objects", **{"class": 9})[0]["class"]["name"] == "table"
    assert ask("splats.objects", **{"class": "piano"}) == []


def questions():
    right = SCENE["chairs"][1]
    found = ask("splats.query", **{"class": "chair", "nearest_to": [right[0] + 1, right[1], 0], "limit": 3})
    assert found["count"] == 2 * SCENE["rows"] and len(found["rows"]) == 3 and found["object_count"] == 2, found
    near(found["objects"][0]["centre"], right, 0.05)
    near([found["objects"][0]["distance"]], [1 - SCENE["radius"]], 0.05)
    assert found["rows"][0]["gaussian"] // SCENE["rows"] == 2 and found["rows"][0]["class"]["id"] == 5, found["rows"]
    ball = {"sphere": {"centre": SCENE["table"], "radius": 2 * SCENE["radius"]}}
    ray = {"ray": {"origin": [0, 0, 9], "direction": [0, 0, -1], "radius": 0.5}}
    found = ask("splats.query", regions=[ball, ray, {"seen_by": None}], objects=False)
    assert [c["name"] for c in found["by_class"]] == ["table"] and "objects" not in found, found
    assert ask("splats.query", **{"class": 9})["count"] == SCENE["rows"]


def pick():
    hit = ask("splats.pick", pixel=SCENE["pixel"])
    assert hit["class"]["name"] == "table" and hit["probability"] > 0.95, hit
    assert hit["gaussian"] // SCENE["rows"] == 1 and [t["class"]["id"] for t in hit["top"]] == [9, 5], hit
    near(hit["position"], SCENE["table"], 1.4 * SCENE["radius"])
    near([hit["distance"]], [SCENE["distance"] - SCENE["radius"]], 0.15)
    assert hit["normal"][2] > 0.7 and hit["object"]["class"]["name"] == "table", hit
    assert ask("splats.pick", pixel=[4, 4]) is None


def voxels():
    told = ask("splats.occupancy", voxel=0.1)
    counts = {c["name"]: c["count"] for c in told["classes"]}
    assert counts["office chair"] > counts["table"] > 20 and told["files"] is None, told
    written = ask("splats.occupancy", voxel=0.1, write=True)
    assert all(pathlib.Path(f).parent == pathlib.Path(SCENE["folder"]) for f in written["files"]), written
    info = json.loads(pathlib.Path(SCENE["folder"], "occupancy.json").read_text())
    assert info["occupied"] == told["occupied"] == sum(counts.values()), (info, told)
    fails("splats.occupancy", -32602, voxel=0)


def views():
    here = ask("splats.camera")
    near(here["position"], [0, 0, SCENE["distance"]], 1e-6)
    near(here["forward"], [0, 0, -1], 1e-6)
    lens = here["lens"]
    assert [lens["width"], lens["height"]] == SCENE["size"] and not lens["is_orthographic"], lens
    there = ask("splats.camera", position=[0, 1, 5], look_at=SCENE["table"])
    assert there["position"] == [0, 1, 5] and there["forward"][1] < -0.1, there
    near(ask("splats.camera")["forward"], there["forward"], 1e-5)
    assert ask("splats.pick", pixel=[0.5 * n for n in SCENE["size"]])["class"]["name"] == "table"
    (camera,) = ask("splats.mode", mode="overlay")["cameras"]
    assert camera["mode"] == "overlay", camera
    fails("splats.mode", -32602, mode="heat")
    assert ask("splats.highlight", **{"class": 9})[0]["class"]["name"] == "table"
    assert ask("splats.mode")["cameras"][0]["highlight"]["name"] == "table"
    assert ask("splats.highlight", **{"class": None})[0]["class"] is None
    assert ask("splats.mode")["cameras"][0]["highlight"] is None
    fails("splats.highlight", -32602)
    fails("splats.highlight", -23601, **{"class": "piano"})
    assert ask("splats.highlight", **{"class": "chair"})[0]["class"] == {"column": 0, "id": 5, "name": "office chair"}


for part in (protocol, classes, boxes, questions, pick, voxels, views):
    part()
    print("ok", part.__name__)
