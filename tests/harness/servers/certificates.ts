import { runCommand } from "../commands.ts";

/** Files of one certificate authority and a server certificate for the loopback address. */
export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Names and addresses of a server on the loopback address, as openssl has them. */
const LOOPBACK = ["IP:127.0.0.1", "DNS:localhost"];

/**
 * Makes an authority and a server's certificate in `folder`, for the loopback address or for
 * `names` ("IP:…", "DNS:…"); needs openssl.
 */
export async function makeCertificates(
  folder: string,
  names: readonly string[] = LOOPBACK,
): Promise<Certificates> {
  const file = (name: string) => `${folder}/${name}`;
  const newKey = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl([
    ...newKey,
    ...["-days", "2", "-subj", "/CN=warm-images harness authority"],
    ...["-keyout", file("ca.key"), "-out", file("ca.crt")],
  ]);
  await openssl([
    ...newKey,
    ...["-days", "2", "-subj", "/CN=localhost"],
    ...["-CA", file("ca.crt"), "-CAkey", file("ca.key")],
    ...["-addext", `subjectAltName=${names.join(",")}`],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", file("server.key"), "-out", file("server.crt")],
  ]);
  return { caFile: file("ca.crt"), certFile: file("server.crt"), keyFile: file("server.key") };
}

async function openssl(args: string[]): Promise<void> {
  const { code, stderr } = await runCommand("openssl", args);
  if (code !== 0) throw new Error(`Cannot make certificates with openssl: ${stderr.trim()}`);
}
