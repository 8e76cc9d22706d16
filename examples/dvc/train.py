with open("params.yaml") as params, open("clean.csv") as data, open("model.txt", "w") as model:
    model.write(params.read() + data.read())
