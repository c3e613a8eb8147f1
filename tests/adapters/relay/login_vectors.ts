import { basicAuthorization } from "../../../mod/pure/relay/login_texts.ts";
import type { RegistryLogin } from "../../../mod/pure/registry_logins/registry_login.ts";
import type { CloudDialect, Keys } from "./cloud_registry.ts";
import { passwordLogin, tokenLogin } from "./login_sources.ts";

/** A kind of registry, and a login that it gives to its users. */
export interface LoginVector {
  readonly name: string;
  readonly repository: string;
  readonly dialect: CloudDialect;
  readonly login: RegistryLogin;
  /** Such a one that it does not take. */
  readonly wrong: RegistryLogin;
}

/** What opens a registry of this kind. */
export function keysOf(login: RegistryLogin): Keys {
  switch (login.type) {
    case "password": {
      const { username, password } = login;
      return {
        authorizations: [basicAuthorization(login)],
        identities: [],
        passwords: [[username, password.reveal()]],
      };
    }
    case "identity":
      return { authorizations: [], identities: [login.token.reveal()] };
    case "bearer":
      return { authorizations: [`Bearer ${login.token.reveal()}`], identities: [] };
    default:
      return login satisfies never;
  }
}

function bearer(service: string): CloudDialect["challenge"] {
  return ({ realm, repository }) =>
    `Bearer realm="${realm}",service="${service}",scope="repository:${repository}:pull"`;
}

/** A key of a service account as Google hands it out, with its lines and quotes. */
const JSON_KEY = JSON.stringify(
  {
    type: "service_account",
    "private_key": `-----BEGIN PRIVATE KEY-----\n${"Ab/+".repeat(400)}\n`,
  },
  null,
  2,
);
/** As long as tokens of Artifact Registry may be, and longer. */
const LONG = "ya29.".padEnd(16_384, "c0nt1nued-");
/** "Null GUID" of learn.microsoft.com/azure/container-registry/container-registry-authentication. */
const NULL_GUID = "00000000-0000-0000-0000-000000000000";

/** The registries that users have; challenges as each of them documents them. */
export const LOGIN_VECTORS: readonly LoginVector[] = [
  {
    name: "Docker Hub, by an access token",
    repository: "acme/app",
    // gives a token to everybody, and refuses that one
    dialect: {
      challenge: bearer("registry.docker.io"),
      tokens: "/token",
      tokensElsewhere: true,
      refusal: undefined,
    },
    login: passwordLogin("acme", "dckr_pat_1"),
    wrong: passwordLogin("acme", "dckr_pat_2"),
  },
  {
    name: "Docker Hub, by an identity token",
    repository: "acme/app",
    dialect: {
      challenge: bearer("registry.docker.io"),
      tokens: "/token",
      tokensElsewhere: true,
      methods: ["GET", "POST"],
      refusal: 401,
    },
    login: tokenLogin("identity", "refresh-1"),
    wrong: tokenLogin("identity", "refresh-2"),
  },
  {
    name: "GHCR",
    repository: "acme/app",
    dialect: { challenge: bearer("ghcr.io"), tokens: "/token", refusal: 403 },
    login: passwordLogin("octocat", "ghp_1"),
    wrong: passwordLogin("octocat", "ghp_2"),
  },
  {
    name: "Quay, by a robot",
    repository: "acme/app",
    dialect: { challenge: bearer("quay.io"), tokens: "/v2/auth", refusal: 401 },
    login: passwordLogin("acme+puller", "ABC1"),
    wrong: passwordLogin("acme+puller", "ABC2"),
  },
  {
    name: "Harbor, by a robot",
    repository: "shop/app",
    dialect: { challenge: bearer("harbor-registry"), tokens: "/service/token", refusal: 401 },
    login: passwordLogin("robot$shop+puller", "p:a:s"),
    wrong: passwordLogin("robot$shop+puller", "p:a:t"),
  },
  {
    name: "GitLab, whose tokens come from another host",
    repository: "group/sub/project/app",
    dialect: {
      challenge: bearer("container_registry"),
      tokens: "/jwt/auth",
      tokensElsewhere: true,
      refusal: 403,
    },
    login: passwordLogin("gitlab+deploy-token-1", "gldt-1"),
    wrong: passwordLogin("gitlab+deploy-token-1", "gldt-2"),
  },
  {
    name: "Artifact Registry, by an access token of 16 KB",
    repository: "project/repo/app",
    dialect: { challenge: bearer("europe-docker.pkg.dev"), tokens: "/v2/token", refusal: 403 },
    login: passwordLogin("oauth2accesstoken", LONG),
    wrong: passwordLogin("oauth2accesstoken", `${LONG}x`),
  },
  {
    name: "Artifact Registry, by a key of a service account",
    repository: "project/repo/app",
    dialect: { challenge: bearer("europe-docker.pkg.dev"), tokens: "/v2/token", refusal: 403 },
    login: passwordLogin("_json_key", JSON_KEY),
    wrong: passwordLogin("_json_key", "{}"),
  },
  {
    name: "ACR, by an identity token",
    repository: "app",
    dialect: {
      challenge: bearer("acme.azurecr.io"),
      tokens: "/oauth2/token",
      methods: ["GET", "POST"],
      refusal: 401,
    },
    login: tokenLogin("identity", "eyJ.refresh.1"),
    wrong: tokenLogin("identity", "eyJ.refresh.2"),
  },
  {
    name: "ACR, by its refresh token as a password",
    repository: "app",
    dialect: { challenge: bearer("acme.azurecr.io"), tokens: "/oauth2/token", refusal: 401 },
    login: passwordLogin(NULL_GUID, "eyJ.refresh.1"),
    wrong: passwordLogin(NULL_GUID, "eyJ.refresh.2"),
  },
  {
    name: "ECR",
    repository: "team/app",
    dialect: {
      challenge: () =>
        'Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
      loginRefusal: 403,
    },
    login: passwordLogin("AWS", "eyJwYXlsb2FkIjoi1".repeat(120)),
    wrong: passwordLogin("AWS", "eyJwYXlsb2FkIjoi2".repeat(120)),
  },
  {
    name: "ECR Public, whose scope is none of a repository",
    repository: "alias/app",
    dialect: {
      challenge: ({ realm }) => `Bearer realm="${realm}",service="public.ecr.aws",scope="aws"`,
      tokens: "/token/",
      refusal: 403,
    },
    login: passwordLogin("AWS", "eyJwdWJsaWMi1"),
    wrong: passwordLogin("AWS", "eyJwdWJsaWMi2"),
  },
  {
    name: "a registry that asks for more than a pull, in odd writing",
    repository: "team/app",
    dialect: {
      challenge: ({ realm, repository }) =>
        `Negotiate, BEARER  Service = "a, \\"b\\"" , Scope="repository:${repository}:push,pull ` +
        `repository:other/app:*",REALM="${realm}", Basic realm="x"`,
      tokens: "/token",
      refusal: 401,
    },
    login: passwordLogin("ci", "right"),
    wrong: passwordLogin("ci", "wrong"),
  },
  {
    name: "a gateway that names a kind of token of its own beside Basic",
    repository: "team/app",
    dialect: {
      challenge: () =>
        'Bearer authorization_uri="https://login.example/x", Basic realm="https://a/"',
    },
    login: passwordLogin("ci", "right"),
    wrong: passwordLogin("ci", "wrong"),
  },
  {
    name: "Nexus, with letters beyond ASCII",
    repository: "app",
    dialect: { challenge: () => 'BASIC realm="Sonatype Nexus Repository Manager"' },
    login: passwordLogin("jürgen", "pässwörd €"),
    wrong: passwordLogin("jürgen", "passwort"),
  },
  {
    name: "a registry with htpasswd, and an empty password",
    repository: "app",
    dialect: { challenge: () => 'Basic realm="Registry Realm"' },
    login: passwordLogin("token", ""),
    wrong: passwordLogin("token", "x"),
  },
  {
    name: "a token service that has no GET",
    repository: "app",
    dialect: { challenge: bearer("own"), tokens: "/token", methods: ["POST"], refusal: 400 },
    login: passwordLogin("user", "p&=+ ä"),
    wrong: passwordLogin("user", "p"),
  },
  {
    name: "a token of the registry",
    repository: "app",
    dialect: { challenge: bearer("own"), tokens: "/token", refusal: 401 },
    login: tokenLogin("bearer", "registry-token-1"),
    wrong: tokenLogin("bearer", "registry-token-2"),
  },
];
