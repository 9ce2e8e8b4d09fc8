// Makes or updates the roles and users of roles.json; for mongosh, as a user who may administer users:
//   mongosh "$ADMINISTRATORS_URI" deploy/mongodb/accounts.js
// Where WAYBILL_MONGODB_ROOT_PASSWORD_FILE is set, as root with the password in that file.
// WAYBILL_MONGODB_PASSWORDS is a folder with one file for each user, named like the user, that holds the password.
// WAYBILL_MONGODB_PREFIX is what the names of the databases begin with; default waybill.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const { ownData, roles, users } = JSON.parse(readFileSync(join(__dirname, 'roles.json'), 'utf8'));
const passwords = process.env.WAYBILL_MONGODB_PASSWORDS ?? '/run/secrets';
const prefix = process.env.WAYBILL_MONGODB_PREFIX ?? 'waybill';

async function makeRole(role, privileges) {
  const resources = privileges.map(({ database, actions }) => ({
    resource: { db: `${prefix}_${database}`, collection: '' },
    actions,
  }));
  const { roles: found } = await db.adminCommand({ rolesInfo: role });
  const verb = found.length > 0 ? 'updateRole' : 'createRole';
  await db.adminCommand({ [verb]: role, privileges: resources, roles: [] });
}

async function makeUser({ user, owns, roles: held }) {
  const own = `waybill_${user}`;
  await makeRole(
    own,
    owns.map((database) => ({ database, actions: ownData })),
  );
  const { users: found } = await db.adminCommand({ usersInfo: user });
  const verb = found.length > 0 ? 'updateUser' : 'createUser';
  const pwd = readFileSync(join(passwords, user), 'utf8').trim();
  const roleNames = [own, ...held].map((role) => ({ role, db: 'admin' }));
  await db.adminCommand({ [verb]: user, pwd, roles: roleNames, mechanisms: ['SCRAM-SHA-256'] });
}

const rootPasswordFile = process.env.WAYBILL_MONGODB_ROOT_PASSWORD_FILE;
if (rootPasswordFile) await db.getSiblingDB('admin').auth('root', readFileSync(rootPasswordFile, 'utf8').trim());
for (const { role, privileges } of roles) await makeRole(role, privileges);
for (const user of users) await makeUser(user);
print(`${users.length} users may use ${prefix}_*`);
