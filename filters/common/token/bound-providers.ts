import { OwnedBytes } from "@sluice/sdk";
import { ClientBinding } from "./client-binding";
import { JwtProvider } from "./jwt-provider";
import { Provider } from "./provider";
import { ProviderSet } from "./provider-set";

/** Providers that sign their tokens, which may be bound to clients. */
export class BoundProviders extends ProviderSet {
  protected override create(name: OwnedBytes): Provider {
    return new JwtProvider(name, new ClientBinding());
  }
}
