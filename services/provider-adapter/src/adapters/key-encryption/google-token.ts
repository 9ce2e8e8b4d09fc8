// Tokens for Google's APIs: of a service account's file, or by what Google's library finds in the environment.
import { FaultError, fault } from '@waybill/kernel';

/** Loaded at the first use. */
export function googleToken(credentialsFile: string | undefined): () => Promise<string> {
  let ask: ReturnType<typeof askGoogle> | undefined;
  return async () => {
    ask ??= askGoogle(credentialsFile);
    const token = await ask.then((askAgain) => askAgain()).catch(() => undefined);
    if (token) return token;
    const from = credentialsFile ?? 'the environment';
    throw new FaultError(fault('forbidden', `no token for Google Cloud is to be had by the credentials of ${from}`));
  };
}

const scopes = ['https://www.googleapis.com/auth/cloudkms'];

/** Tokens are kept by the library until they run out. */
async function askGoogle(keyFile: string | undefined): Promise<() => Promise<string | null | undefined>> {
  const { GoogleAuth, JWT } = await import('google-auth-library');
  if (keyFile === undefined) {
    const auth = new GoogleAuth({ scopes });
    return () => auth.getAccessToken();
  }
  const account = new JWT({ keyFile, scopes });
  return async () => (await account.getAccessToken()).token;
}
