/**
 * The same of the npm package in Node, where groups have WebRTC.
 *
 * @module
 */

export { WebGroup } from "../bot/with_webrtc.ts";
