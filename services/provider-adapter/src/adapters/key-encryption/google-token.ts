// Tokens for Google's APIs: of a service account's file, or by what Google's library finds in the environment.
import { FaultError, fault } from '@waybill/kernel';

/** Loaded at the first use. */
export function googleToken(credentialsFile: string | undefined): () => Promise<string> {
  let client: Promise<{ getAccessToken(): Promise<string | null | undefined> }> | undefined;
  return async () => {
    client ??= import('google-auth-library').then(
      ({ GoogleAuth }) =>
        new GoogleAuth({
          scopes: ['https://www.googleapis.com/auth/cloudkms'],
          ...(credentialsFile && { keyFile: credentialsFile }),
        }),
    );
    const token = await client.then((auth) => auth.getAccessToken()).catch(() => undefined);
    if (token) return token;
    const from = credentialsFile ?? 'the environment';
    throw new FaultError(fault('forbidden', `no token for Google Cloud is to be had by the credentials of ${from}`));
  };
}
