import json
import os
import time

state = os.path.join(os.environ["PIPELINE_CHECKPOINTS"], "state.json")
epoch, loss = json.load(open(state)) if os.path.exists(state) else (0, 1.0)
while epoch < 5:
    time.sleep(0.5)
    epoch, loss = epoch + 1, loss / 2
    with open(state + ".new", "w") as file:
        json.dump([epoch, loss], file)
    os.replace(state + ".new", state)
    print(f"epoch {epoch} of 5", flush=True)
with open("scores.json", "w") as file:
    json.dump({"loss": loss}, file)
