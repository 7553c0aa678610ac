import { HostAddresses } from "../../src/transport/host_addresses.ts";
import { VirtualClock } from "../sigver/support/fakes.ts";

/** Addresses on a virtual clock; the test answers their lookups. */
export class FakeHosts {
  readonly clock: VirtualClock = new VirtualClock();
  /** Each lookup, in order. */
  readonly lookups: string[] = [];
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

  /** Answers the last lookup of a host; resolves after all that follows from it. */
  async answer(name: string, result: string | Error): Promise<void> {
    const answer = this.#answers.get(name);
    if (result instanceof Error) answer?.reject(result);
    else answer?.resolve(result);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
