import type {
  ClientAuthenticationMethodType,
  CredentialProviderVendorType,
  Oauth2ProviderConfigInput,
} from "@aws-sdk/client-bedrock-agentcore-control";

/** The member of `oauth2ProviderConfigInput` in which a vendor's settings stand. */
export type VendorMember = Exclude<
  Oauth2ProviderConfigInput extends infer Union ? (Union extends object ? keyof Union : never) : never,
  "$unknown"
>;

/** Where a vendor's authorization server is. */
export type VendorServer =
  | { readonly discoveryUrl: string }
  | { readonly issuer: string; readonly authorizationEndpoint: string; readonly tokenEndpoint: string }
  /** Every customer of the vendor has an issuer of its own, which the settings name. */
  | "TENANT"
  /** The settings say all of it. */
  | "CUSTOM";

/** What is known of a vendor's authorization server, beyond what the specifications say. */
export interface Vendor {
  readonly member: VendorMember;
  readonly server: VendorServer;
  /** How Gatehouse says to the token endpoint that it is the client. */
  readonly clientAuthentication: Extract<ClientAuthenticationMethodType, "CLIENT_SECRET_BASIC" | "CLIENT_SECRET_POST">;
  /** What stands between scopes in an authorization request, where it isn't a space (RFC 6749, section 3.3). */
  readonly scopeSeparator?: ",";
  /**
   * What an authorization request needs beside the standard's parameters, for the vendor to give a refresh token, or
   * anything at all. What a request brings itself wins.
   */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
}

const basic = "CLIENT_SECRET_BASIC";
const post = "CLIENT_SECRET_POST";
const included = "includedOauth2ProviderConfig";

const tenant = (clientAuthentication: Vendor["clientAuthentication"] = basic): Vendor => ({
  member: included,
  server: "TENANT",
  clientAuthentication,
});

/**
 * The vendors that AgentCore knows, from their own documentation. One that moves its endpoints is mended here, and holds
 * for providers that are created or updated from then on; a provider of the vendor CustomOauth2 can always say all itself.
 */
export const vendors: Readonly<Record<CredentialProviderVendorType, Vendor>> = {
  CustomOauth2: { member: "customOauth2ProviderConfig", server: "CUSTOM", clientAuthentication: basic },

  AtlassianOauth2: {
    member: "atlassianOauth2ProviderConfig",
    server: {
      issuer: "https://auth.atlassian.com",
      authorizationEndpoint: "https://auth.atlassian.com/authorize",
      tokenEndpoint: "https://auth.atlassian.com/oauth/token",
    },
    clientAuthentication: post,
    authorizationParameters: { audience: "api.atlassian.com", prompt: "consent" },
  },
  GithubOauth2: {
    member: "githubOauth2ProviderConfig",
    server: {
      issuer: "https://github.com/login/oauth",
      authorizationEndpoint: "https://github.com/login/oauth/authorize",
      tokenEndpoint: "https://github.com/login/oauth/access_token",
    },
    clientAuthentication: post,
  },
  GoogleOauth2: {
    member: "googleOauth2ProviderConfig",
    server: { discoveryUrl: "https://accounts.google.com/.well-known/openid-configuration" },
    clientAuthentication: basic,
    // Only a consent that is asked for anew comes with a refresh token.
    authorizationParameters: { access_type: "offline", prompt: "consent" },
  },
  LinkedinOauth2: {
    member: "linkedinOauth2ProviderConfig",
    server: {
      issuer: "https://www.linkedin.com/oauth",
      authorizationEndpoint: "https://www.linkedin.com/oauth/v2/authorization",
      tokenEndpoint: "https://www.linkedin.com/oauth/v2/accessToken",
    },
    clientAuthentication: post,
  },
  MicrosoftOauth2: {
    member: "microsoftOauth2ProviderConfig",
    // With a `tenantId`, that takes the place of `common`.
    server: { discoveryUrl: "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration" },
    clientAuthentication: post,
  },
  SalesforceOauth2: {
    member: "salesforceOauth2ProviderConfig",
    server: { discoveryUrl: "https://login.salesforce.com/.well-known/openid-configuration" },
    clientAuthentication: post,
  },
  SlackOauth2: {
    member: "slackOauth2ProviderConfig",
    server: {
      issuer: "https://slack.com",
      authorizationEndpoint: "https://slack.com/oauth/v2_user/authorize",
      tokenEndpoint: "https://slack.com/api/oauth.v2.user.access",
    },
    clientAuthentication: post,
    scopeSeparator: ",",
  },

  DropboxOauth2: {
    member: included,
    server: {
      issuer: "https://www.dropbox.com",
      authorizationEndpoint: "https://www.dropbox.com/oauth2/authorize",
      tokenEndpoint: "https://api.dropboxapi.com/oauth2/token",
    },
    clientAuthentication: basic,
    authorizationParameters: { token_access_type: "offline" },
  },
  FacebookOauth2: {
    member: included,
    server: {
      issuer: "https://www.facebook.com",
      authorizationEndpoint: "https://www.facebook.com/v23.0/dialog/oauth",
      tokenEndpoint: "https://graph.facebook.com/v23.0/oauth/access_token",
    },
    clientAuthentication: post,
    scopeSeparator: ",",
  },
  HubspotOauth2: {
    member: included,
    server: {
      issuer: "https://app.hubspot.com",
      authorizationEndpoint: "https://app.hubspot.com/oauth/authorize",
      tokenEndpoint: "https://api.hubapi.com/oauth/v1/token",
    },
    clientAuthentication: post,
  },
  NotionOauth2: {
    member: included,
    server: {
      issuer: "https://api.notion.com",
      authorizationEndpoint: "https://api.notion.com/v1/oauth/authorize",
      tokenEndpoint: "https://api.notion.com/v1/oauth/token",
    },
    clientAuthentication: basic,
    authorizationParameters: { owner: "user" },
  },
  RedditOauth2: {
    member: included,
    server: {
      issuer: "https://www.reddit.com",
      authorizationEndpoint: "https://www.reddit.com/api/v1/authorize",
      tokenEndpoint: "https://www.reddit.com/api/v1/access_token",
    },
    clientAuthentication: basic,
    authorizationParameters: { duration: "permanent" },
  },
  SpotifyOauth2: {
    member: included,
    server: {
      issuer: "https://accounts.spotify.com",
      authorizationEndpoint: "https://accounts.spotify.com/authorize",
      tokenEndpoint: "https://accounts.spotify.com/api/token",
    },
    clientAuthentication: basic,
  },
  TwitchOauth2: {
    member: included,
    server: {
      issuer: "https://id.twitch.tv/oauth2",
      authorizationEndpoint: "https://id.twitch.tv/oauth2/authorize",
      tokenEndpoint: "https://id.twitch.tv/oauth2/token",
    },
    clientAuthentication: post,
  },
  XOauth2: {
    member: included,
    server: {
      issuer: "https://x.com",
      authorizationEndpoint: "https://x.com/i/oauth2/authorize",
      tokenEndpoint: "https://api.x.com/2/oauth2/token",
    },
    clientAuthentication: basic,
  },
  YandexOauth2: {
    member: included,
    server: {
      issuer: "https://oauth.yandex.com",
      authorizationEndpoint: "https://oauth.yandex.com/authorize",
      tokenEndpoint: "https://oauth.yandex.com/token",
    },
    clientAuthentication: basic,
  },
  ZoomOauth2: {
    member: included,
    server: {
      issuer: "https://zoom.us",
      authorizationEndpoint: "https://zoom.us/oauth/authorize",
      tokenEndpoint: "https://zoom.us/oauth/token",
    },
    clientAuthentication: basic,
  },

  Auth0Oauth2: tenant(post),
  CognitoOauth2: tenant(),
  CyberArkOauth2: tenant(),
  FusionAuthOauth2: tenant(),
  OktaOauth2: tenant(),
  OneLoginOauth2: tenant(),
  PingOneOauth2: tenant(),
};
