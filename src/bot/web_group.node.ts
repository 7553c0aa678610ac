// The class `WebGroup` that other entries create, in the npm package for Node: it has WebRTC.

export { WebGroup } from "./with_webrtc.ts";
