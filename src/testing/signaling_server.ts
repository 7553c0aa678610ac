// The signaling server of a test network: the rooms of Sigver, without its limits and checks.

import type { UpgradeDecision } from "../transport/transport.ts";
import { Clients } from "../sigver/clients.ts";
import { EventLog } from "../sigver/event_log.ts";
import { limitsOf } from "../sigver/limits.ts";
import { Metrics } from "../sigver/metrics.ts";
import type { SigverEnvironment } from "../sigver/options.ts";
import { Shutdown } from "../sigver/shutdown.ts";
import { decodeDialQuery } from "../wire/dial_query.ts";
import { keyIn } from "../wire/signaling_url.ts";
import type { UpgradeHandler } from "./world.ts";

export class TestSignalingServer implements UpgradeHandler {
  readonly #clients: Clients;

  constructor(environment: SigverEnvironment) {
    this.#clients = new Clients({
      settings: {
        limits: limitsOf(),
        origins: undefined,
        tokenKeys: undefined,
        trusted: [],
        ice: undefined,
      },
      environment,
      log: new EventLog({}, environment.random),
      metrics: new Metrics(),
      shutdown: new Shutdown(environment.clock),
      renewAccount: () => undefined,
    });
  }

  decideByUrl(url: URL): UpgradeDecision {
    if (decodeDialQuery(url) !== undefined) {
      return { type: "refuse", status: 404, reason: "no member listens in a TestNetwork" };
    }
    const favored = url.searchParams.has("favored");
    const client = { key: keyIn(url), address: undefined, favored, membersMax: undefined };
    return { type: "admit", accept: (channel) => this.#clients.accept(channel, client) };
  }
}
