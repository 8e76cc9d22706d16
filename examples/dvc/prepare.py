with open("data.csv") as source, open("clean.csv", "w") as target:
    target.writelines(source.readlines()[1:])
