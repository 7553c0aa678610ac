// The data that programs send and receive.
// @sansio

/**
 * The data of a message: a string or bytes, up to 256 MiB. The receiver gets the same type. Strings
 * travel as UTF-8.
 *
 * @example
 * ```ts
 * import { type DataType, WebGroup } from "@netflux/netflux";
 *
 * function textOf(data: DataType): string {
 *   return typeof data === "string" ? data : new TextDecoder().decode(data);
 * }
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.onMessage = (id, data) => console.log(id, textOf(data));
 * group.send(new Uint8Array([104, 105]));
 * ```
 */
export type DataType = string | Uint8Array<ArrayBuffer>;
