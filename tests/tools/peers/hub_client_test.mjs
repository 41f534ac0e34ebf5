// Runs where @huggingface/hub is installed, against the fake Hub of HF_ENDPOINT.
import assert from "node:assert/strict";
import { test } from "node:test";

const hub = await import(process.env.PEERS_HUB_MODULE);
const hubUrl = process.env.HF_ENDPOINT;
const clean = "good-org/clean-model";

async function all(generator) {
  const entries = [];
  for await (const entry of generator) entries.push(entry);
  return entries;
}

async function statusOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error.statusCode;
  }
  return 200;
}

test("information about a model", async () => {
  const info = await hub.modelInfo({ name: clean, hubUrl, additionalFields: ["sha", "author"] });
  assert.equal(info.name, clean);
  assert.equal(info.author, "good-org");
  assert.match(info.sha, /^[0-9a-f]{40}$/);
  assert.equal((await hub.modelInfo({ name: "gated-org/manual-model", hubUrl })).gated, "manual");
});

test("files, with what the scanners say", async () => {
  const files = await all(hub.listFiles({ repo: "bad-org/flagged-model", recursive: true, expand: true, hubUrl }));
  const flagged = files.find((file) => file.path === "pytorch_model.bin");
  assert.equal(flagged.securityFileStatus.status, "unsafe");
  assert.equal(flagged.securityFileStatus.avScan.status, "unsafe");
  assert.match(flagged.lfs.oid, /^[0-9a-f]{64}$/);
});

test("files of many pages", async () => {
  const files = await all(hub.listFiles({ repo: "bulk/large", recursive: true, expand: true, hubUrl }));
  assert.equal(files.length, 250 + 16);
});

test("single paths, asked for in JSON", async () => {
  const paths = await hub.pathsInfo({ repo: clean, paths: ["config.json", "onnx", "nothing"], expand: true, hubUrl });
  assert.deepEqual(paths.map((path) => path.path), ["config.json", "onnx"]);
  assert.equal(paths[0].securityFileStatus.status, "safe");
});

test("models by author and name", async () => {
  const models = await all(hub.listModels({ search: { owner: "bad-org" }, hubUrl }));
  assert.deepEqual(models.map((model) => model.name), ["bad-org/flagged-model"]);
  assert.equal((await all(hub.listModels({ search: { owner: "bulk" }, hubUrl }))).length, 1100 + 1);
});

test("datasets and spaces", async () => {
  assert.equal((await hub.datasetInfo({ name: "good-org/clean-dataset", hubUrl })).name, "good-org/clean-dataset");
  assert.equal((await hub.spaceInfo({ name: "good-org/clean-space", hubUrl })).sdk, "gradio");
  assert.equal((await all(hub.listDatasets({ search: { owner: "good-org" }, hubUrl }))).length, 1);
});

test("refusals", async () => {
  assert.equal(await statusOf(hub.modelInfo({ name: "no-org/nothing", hubUrl })), 401);
  assert.equal(await statusOf(hub.modelInfo({ name: "no-org/nothing", hubUrl, accessToken: "hf_stranger" })), 404);
  assert.equal(await statusOf(hub.modelInfo({ name: "bad-org/disabled-model", hubUrl })), 403);
  assert.equal(await statusOf(hub.checkRepoAccess({ repo: "no-org/nothing", hubUrl })), 401);
  await hub.checkRepoAccess({ repo: clean, hubUrl });
  assert.equal(await hub.repoExists({ repo: "no-org/nothing", hubUrl }), false);
});

test("downloads, small and large", async () => {
  const config = await hub.downloadFile({ repo: clean, path: "config.json", hubUrl });
  assert.equal(await config.text(), '{"model_type": "gpt2"}\n');
  const info = await hub.fileDownloadInfo({ repo: clean, path: "pytorch_model.bin", hubUrl });
  assert.ok(info.size > 100);
});

test("commits", async () => {
  const commits = await all(hub.listCommits({ repo: clean, hubUrl }));
  assert.deepEqual(commits.map((commit) => commit.title), ["Add weights", "initial commit"]);
});

test("who am I", async () => {
  assert.equal((await hub.whoAmI({ hubUrl, accessToken: "hf_stranger" })).name, "stranger");
});
