// The same of the npm package in Node, where groups have WebRTC.

export { WebGroup } from "./with_webrtc.ts";
