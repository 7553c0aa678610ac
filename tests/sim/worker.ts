import { runSeed } from "./run_seed.ts";
import type { Task } from "./report.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Task>) => void;
  postMessage: (outcome: unknown) => void;
};

scope.onmessage = async ({ data }) => scope.postMessage(await runSeed(data));
