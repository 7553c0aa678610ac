/**
 * Automerge over groups: {@linkcode WebGroupNetworkAdapter} connects the repos of all members.
 * `@automerge/automerge-repo` 2 is a peer dependency of this entry only.
 *
 * @example
 * ```ts
 * import { Repo } from "@automerge/automerge-repo";
 * import { WebGroup } from "@netflux/netflux";
 * import { WebGroupNetworkAdapter } from "@netflux/netflux/automerge";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const repo = new Repo({ network: [new WebGroupNetworkAdapter(group)] });
 * const handle = repo.create<{ text?: string }>();
 * handle.change((doc) => void (doc.text = "hello"));
 * await repo.shutdown();
 * ```
 *
 * @module
 */

export { WebGroupNetworkAdapter, type WebGroupNetworkAdapterOptions } from "./network_adapter.ts";
