import json
import os

with open(os.environ["PIPELINE_PARAMETERS"]) as file:
    ridge = json.load(file)["ridge"]
with open("clean.csv") as file:
    points = [tuple(map(float, line.split(","))) for line in file]

slope = sum(x * y for x, y in points) / (sum(x * x for x, _ in points) + ridge)
error = sum((y - slope * x) ** 2 for x, y in points) / len(points)
with open("scores.json", "w") as file:
    json.dump({"slope": slope, "error": error}, file)
