import { type NetworkAdapterInterface, Repo } from "@automerge/automerge-repo";
import { WebGroup } from "netflux";
import { WebGroupNetworkAdapter, type WebGroupNetworkAdapterOptions } from "netflux/automerge";

const options: WebGroupNetworkAdapterOptions = { name: "notes", onError: undefined };
const adapter = new WebGroupNetworkAdapter(new WebGroup(), options);
const network: NetworkAdapterInterface[] = [adapter];
export const repo: Repo = new Repo({ network });
export const ready: Promise<void> = adapter.whenReady();
// @ts-expect-error -- a group is needed
new WebGroupNetworkAdapter("a key");
