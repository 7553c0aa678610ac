import { HostAddresses } from "../../src/transport/host_addresses.ts";
import { VirtualClock } from "../sigver/support/fakes.ts";

/** Addresses, what they asked for, and how to answer. */
export class FakeHosts {
  readonly clock: VirtualClock = new VirtualClock();
  /** The hosts that were looked up, in order, each as often as it was. */
  readonly lookups: string[] = [];
  /** The hosts whose lookup was ended. */
  readonly aborted: string[] = [];
  readonly warnings: string[] = [];
  readonly addresses: HostAddresses;
  readonly #answers = new Map<string, PromiseWithResolvers<string>>();

  constructor() {
    this.addresses = new HostAddresses({
      clock: this.clock,
      lookUp: (name, signal) => {
        this.lookups.push(name);
        signal.addEventListener("abort", () => this.aborted.push(name));
        const answer = Promise.withResolvers<string>();
        this.#answers.set(name, answer);
        return answer.promise;
      },
      warn: (text) => void this.warnings.push(text),
    });
  }

  /** Answers the last lookup of a host; what follows has happened when this resolves. */
  async answer(name: string, result: string | Error): Promise<void> {
    const answer = this.#answers.get(name);
    if (result instanceof Error) answer?.reject(result);
    else answer?.resolve(result);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
