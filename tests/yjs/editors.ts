import { Doc } from "yjs";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";

export const KEY = "key";

/** Members with a document each. */
export class Editors {
  readonly network: SimNetwork;
  readonly members: SimPeer[];
  readonly docs: Doc[];
  readonly providers: WebGroupProvider[];

  constructor(count: number, seed = 1) {
    this.network = new SimNetwork({ seed });
    this.members = this.network.addMany(count);
    this.docs = this.members.map(() => new Doc());
    this.providers = this.members.map(({ group }, index) =>
      new WebGroupProvider(group, this.docs[index]!)
    );
  }

  get texts(): string[] {
    return this.docs.map((doc) => doc.getText("text").toString());
  }

  /** Waits until all list each other. */
  async join(): Promise<this> {
    for (const { group } of this.members) group.join(KEY);
    await this.pass(5_000);
    return this;
  }

  /** Promises settle between steps of virtual time. */
  async pass(ms = 1_000): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      this.network.run(ms / 20);
      for (let depth = 0; depth < 10; depth++) await Promise.resolve();
    }
  }

  async end(): Promise<void> {
    for (const provider of this.providers) await provider.destroy();
  }
}
