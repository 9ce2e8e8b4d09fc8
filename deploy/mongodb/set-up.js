// Makes a replica set of one and its first user, root; for mongosh on the machine of mongod, where the first user may be
// made without another one. What is there already stays.
//   mongosh --tls --tlsCAFile ca.crt 'mongodb://localhost/?directConnection=true' deploy/mongodb/set-up.js
// WAYBILL_MONGODB_HOST is how others reach the server, such as mongodb:27017; WAYBILL_MONGODB_ROOT_PASSWORD_FILE holds the
// password that root gets.
const { readFileSync } = require('node:fs');

const members = [{ _id: 0, host: process.env.WAYBILL_MONGODB_HOST }];
const pwd = readFileSync(process.env.WAYBILL_MONGODB_ROOT_PASSWORD_FILE, 'utf8').trim();
const wasThereBefore = ['AlreadyInitialized', 'Unauthorized'];

async function makeOnce(command) {
  try {
    await db.adminCommand(command);
  } catch (error) {
    // Where there are users, nobody else may ask.
    if (!wasThereBefore.includes(error.codeName)) throw error;
  }
}

await makeOnce({ replSetInitiate: { _id: 'waybill', members } });
while (!(await db.adminCommand({ hello: 1 })).isWritablePrimary) await new Promise((done) => setTimeout(done, 200));
await makeOnce({ createUser: 'root', pwd, roles: ['root'] });
print('the replica set waybill takes writes');
