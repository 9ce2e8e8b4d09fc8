// A key of Google Cloud KMS that the environment names, as earlier systems had it there.
import type { Environment } from '../reading/environment.ts';
import { isTree, type Tree } from '../reading/tree.ts';

const keepers = ['keyring', 'vault_transit', 'google_cloud_kms', 'aws_kms'];

/** The file goes before the environment, which has to name project, key ring and key to be heard. */
export function withNamedKms(tree: Tree, environment: Environment): Tree {
  const { tenant_keys: written = {} } = tree;
  const { GOOGLE_CLOUD_PROJECT_ID: project, GOOGLE_CLOUD_KEYRING_ID: keyRing, GOOGLE_CLOUD_KEY_ID: key } = environment;
  if (project === undefined || keyRing === undefined || key === undefined || !isTree(written)) return tree;
  if (keepers.some((keeper) => written[keeper] !== undefined)) return tree;
  const location = environment.GOOGLE_CLOUD_LOCATION_ID;
  const credentials = environment.GOOGLE_CLOUD_SERVICE_ACCOUNT_KEY_PATH;
  const named = {
    project,
    key_ring: keyRing,
    key,
    ...(location && { location }),
    ...(credentials && { credentials_file: credentials }),
  };
  return { ...tree, tenant_keys: { ...written, google_cloud_kms: named } };
}
