import type { Outcome, Task } from "./report.ts";

/** Reports each outcome; returns all in the order of the tasks. */
export async function inParallel(
  tasks: readonly Task[],
  done: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async () => {
    const worker = new Worker(import.meta.resolve("./worker.ts"), { type: "module" });
    for (let index = next++; index < tasks.length; index = next++) {
      const outcome = await ask(worker, tasks[index]!);
      outcomes[index] = outcome;
      done(outcome);
    }
    worker.terminate();
  };
  const cores = Math.min(navigator.hardwareConcurrency, tasks.length);
  await Promise.all(Array.from({ length: cores }, work));
  return outcomes;
}

function ask(worker: Worker, task: Task): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Outcome>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`Cannot run ${task.seed}: ${message}`));
    worker.postMessage(task);
  });
}
