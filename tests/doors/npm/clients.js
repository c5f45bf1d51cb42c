// Runs one client from npm: `node clients.js CLIENT`.
// What it needs to know stands in the environment; what came of it is printed as JSON.
"use strict";

const { URL: url, BASE: base, USERNAME: user, KEY: key } = process.env;
const { GROUP_ID: group, USER_ID: userId, ENTRY: entry } = process.env;
const JSON_TYPE = { "Content-Type": "application/json" };

const listed = (page) => page.results.map((item) => item.cidrBlock);

async function tasks(call) {
  const whitelist = `/users/${userId}/whitelist`;
  return {
    groups: (await call("GET", "/groups")).results.map((found) => found.name),
    group: (await call("GET", `/groups/${group}`)).name,
    user: (await call("GET", `/users/${userId}`)).username,
    added: listed(await call("POST", whitelist, [{ ipAddress: entry, comment: "by a client" }])),
    removed: await call("DELETE", `${whitelist}/${entry}`),
    left: listed(await call("GET", `${whitelist}?itemsPerPage=500`)),
  };
}

const clients = {
  async urllib() {
    const { request } = require("urllib");
    return tasks(async (method, path, data) => {
      const answer = await request(url + base + path, {
        method, data, digestAuth: `${user}:${key}`, contentType: "json", dataType: "json",
      });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
      return answer.data;
    });
  },

  async "digest-fetch"() {
    const { DigestClient } = await import("digest-fetch");
    const client = new DigestClient(user, key);
    return tasks(async (method, path, data) => {
      const body = data === undefined ? undefined : JSON.stringify(data);
      const answer = await client.fetch(url + base + path, { method, body, headers: JSON_TYPE });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
      return answer.json();
    });
  },

  async "mongodb-atlas-api-client"() {
    const options = { publicKey: user, privateKey: key, baseUrl: url + base, projectId: group };
    const client = require("mongodb-atlas-api-client")(options);
    // It has no call for a user's own whitelist; this is what all its calls are made with.
    const HttpClient = require("mongodb-atlas-api-client/src/httpClient");
    const http = new HttpClient(require("urllib"), user, key);
    const own = `${url}${base}/users/${userId}/whitelist`;
    const data = [{ ipAddress: entry, comment: "by a client" }];
    return {
      groups: (await client.project.getAll()).results.map((found) => found.name),
      group: (await client.project.getById(group)).name,
      user: (await client.atlasUser.getById(userId)).username,
      added: listed(await http.fetch(own, { method: "POST", data, headers: JSON_TYPE })),
      removed: await http.fetch(`${own}/${entry}`, { method: "DELETE" }),
      left: listed(await http.fetch(own)),
    };
  },
};

clients[process.argv[2]]().then(
  (done) => { console.log(JSON.stringify(done)); process.exit(0); },
  (failure) => { console.error(failure); process.exit(1); },
);
