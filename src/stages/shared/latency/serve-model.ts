/** The process with one model. Its memory is that of this model alone. */
import { isExpectedError } from '../../../base/expected-error.ts';
import { setInstallLocation } from '../../../nn/backends/install-location.ts';
import { loadRuntime } from '../../../nn/runtime/library.ts';
import { openModelSession } from '../../../nn/runtime/session.ts';
import { TimedModel } from '../../../nn/runtime/timed-model.ts';
import type { Answer, ModelFile, Request, Usage } from './model-messages.ts';
import { memoryNow, peakMemory } from './peak-memory.ts';

export interface ModelChannel {
  send(answer: Answer): void;
  onRequest(listener: (request: Request) => void): void;
}

export function serveModel({ send, onRequest }: ModelChannel): void {
  const server = new ModelServer();
  onRequest((request) => send(answerTo(request, server)));
}

/** A bug ends the process. Its stack is in the log of the stage. */
function answerTo(request: Request, server: ModelServer): Answer {
  try {
    return { value: server.respond(request) };
  } catch (problem) {
    if (!isExpectedError(problem)) throw problem;
    return { problem: { message: problem.message, advice: problem.advice } };
  }
}

class ModelServer {
  private timed: TimedModel | undefined;
  private before = 0;

  respond(request: Request): unknown {
    switch (request.kind) {
      case 'open':
        return this.open(request.model, request.libraries);
      case 'warm up':
        return this.timed!.warmUp(request.feeds);
      case 'time':
        return this.timed!.time();
      case 'usage':
        return this.usage();
    }
  }

  private open({ path, ...options }: ModelFile, libraries: string | undefined): unknown {
    if (libraries !== undefined) setInstallLocation(libraries);
    loadRuntime();
    this.before = memoryNow();
    const session = openModelSession(path, options);
    this.timed = new TimedModel(session);
    return session.inputs;
  }

  private usage(): Usage {
    const { user, system } = process.cpuUsage();
    return {
      processor: (user + system) / 1000,
      memory: Math.max(0, peakMemory() - this.before),
    };
  }
}
