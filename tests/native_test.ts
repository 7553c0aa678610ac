// All tests that use node-datachannel, in one module. `deno test` runs each module in its own
// isolate, and the process crashes when a second isolate uses the library, so no other module may.

import "./conformance/cross_runtime.ts";
import "./conformance/native.ts";
import "./transport/rtc_dial.ts";
