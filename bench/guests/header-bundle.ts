// The benchmark's header filter in a bundle; the configuration says how often.
import { utf8 } from "@sluice/sdk";
import { registerBundle } from "@sluice/sdk/bundle";
export * from "./header";

registerBundle([utf8("header")]);
