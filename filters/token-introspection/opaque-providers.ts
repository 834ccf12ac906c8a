import { OwnedBytes } from "@sluice/sdk";
import { ClientBinding } from "../common/token/client-binding";
import { Provider } from "../common/token/provider";
import { ProviderSet } from "../common/token/provider-set";
import { OpaqueProvider } from "./opaque-provider";

/** Providers that are asked about their tokens. */
export class OpaqueProviders extends ProviderSet {
  protected override create(name: OwnedBytes): Provider {
    return new OpaqueProvider(name, new ClientBinding());
  }
}
