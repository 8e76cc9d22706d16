/** A Python process that calls DVC's command line many times, because starting Python takes most of the time. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = `
import json, os, sys, tempfile
from dvc.cli import main
answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    request = json.loads(line)
    with tempfile.TemporaryFile("w+") as output:
        kept = os.dup(1), os.dup(2)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        os.chdir(request["folder"])
        try:
            code = main(request["words"])
        finally:
            sys.stdout.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            for one in kept:
                os.close(one)
        output.seek(0)
        print(json.dumps({"code": code, "text": output.read()}), file=answers, flush=True)
`;

export class DvcProcess {
  constructor(dvc) {
    const env = { ...process.env, DVC_NO_ANALYTICS: '1', PYTHONUNBUFFERED: '1', SHELL: '/bin/sh' };
    const stdio = ['pipe', 'pipe', 'inherit'];
    this.child = spawn(join(dirname(dvc), 'python'), ['-u', '-c', SERVER], { env, stdio });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async call(folder, ...words) {
    this.child.stdin.write(`${JSON.stringify({ folder, words })}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error('DVC has ended');
    return JSON.parse(value);
  }

  end() {
    this.child.stdin.end();
  }
}
