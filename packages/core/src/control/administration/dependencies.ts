import type { Keyring } from "../../identity/vault/keyring.ts";
import type { AdministrationRepository } from "../../storage/administrationRepository.ts";
import type { Location } from "../identifiers.ts";
import type { Authorizer } from "./authorize.ts";

/** What the operations on access keys and administration policies work with. */
export interface AdministrationDependencies extends Location {
  readonly administration: AdministrationRepository;
  readonly authorizer: Authorizer;
  readonly keyring: Keyring;
  now(): Date;
}

/** The same for whoever puts them together: an authorizer of its own and the present are there if nothing else is said. */
export type AdministrationOptions = Omit<AdministrationDependencies, "authorizer" | "now"> &
  Partial<Pick<AdministrationDependencies, "authorizer" | "now">>;
