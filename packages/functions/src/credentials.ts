import { fromEnv } from "@aws-sdk/credential-provider-env";

/**
 * Stands for the SDK's chain of credential providers in what is uploaded: Lambda gives a function its role's credentials in
 * the environment and in no other way, and what looks elsewhere (files, SSO, instance metadata) is a tenth of a megabyte.
 */
export const defaultProvider = fromEnv;
