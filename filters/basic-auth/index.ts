import { RootContext, registerRoot } from "@sluice/sdk";
import { BasicAuthRoot } from "./filter";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

registerRoot((id: u32): RootContext => new BasicAuthRoot(id));
