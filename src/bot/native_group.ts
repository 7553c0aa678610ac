/**
 * The WebGroup of servers: the same class, with WebRTC plugged in.
 *
 * @module
 */

import type { WebGroupOptions } from "../group/options.ts";
import { WebGroup as WebGroupOfPages } from "../group/web_group.ts";
import { nativeWorld } from "./world.ts";

/**
 * A group, as in `@netflux/netflux`, with data channels by node-datachannel where it loads.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux/bot";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000", autoRejoin: false });
 * group.onMemberJoin = (id) => group.sendTo(id, "welcome");
 * ```
 */
export class WebGroup extends WebGroupOfPages {
  /**
   * A group that is not joined yet.
   *
   * @param options What differs from the defaults.
   * @throws {TypeError | RangeError} An option is not what is expected.
   */
  constructor(options: WebGroupOptions = {}) {
    super(options, nativeWorld());
  }
}
