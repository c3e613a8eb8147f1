import { type Certificates, makeCertificates } from "./certificates.ts";
import { runCommand } from "../commands.ts";

/** Files that an API server and its administrator need. */
export interface ApiServerCertificates extends Certificates {
  readonly adminCert: string;
  readonly adminKey: string;
  /** Signs the tokens of service accounts. */
  readonly accountKey: string;
  readonly accountPublicKey: string;
}

/** Makes authority, server certificate, administrator and token key in `folder`; needs openssl. */
export async function makeApiServerCertificates(
  folder: string,
  names?: readonly string[],
): Promise<ApiServerCertificates> {
  const server = await makeCertificates(folder, names);
  const [accountKey, accountPublicKey] = [`${folder}/account.key`, `${folder}/account.pub`];
  await openssl(["genrsa", "-out", accountKey, "2048"]);
  await openssl(["rsa", "-in", accountKey, "-pubout", "-out", accountPublicKey]);
  const admin = await makeClientCertificate(folder, "admin", "/O=system:masters/CN=test-admin");
  return {
    ...server,
    adminCert: admin.certFile,
    adminKey: admin.keyFile,
    accountKey,
    accountPublicKey,
  };
}

/** Makes a client certificate signed by the authority in `folder`; `subject` as openssl has it. */
export async function makeClientCertificate(
  folder: string,
  name: string,
  subject: string,
): Promise<{ certFile: string; keyFile: string }> {
  const [certFile, keyFile] = [`${folder}/${name}.crt`, `${folder}/${name}.key`];
  await openssl([
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-days", "2", "-subj", subject],
    ...["-CA", `${folder}/ca.crt`, "-CAkey", `${folder}/ca.key`],
    ...["-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", keyFile, "-out", certFile],
  ]);
  return { certFile, keyFile };
}

async function openssl(args: string[]): Promise<void> {
  const { code, stderr } = await runCommand("openssl", args);
  if (code !== 0) throw new Error(`Cannot make certificates with openssl: ${stderr.trim()}`);
}
