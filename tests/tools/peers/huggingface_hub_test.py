"""Runs where huggingface_hub is installed, against the fake Hub of HF_ENDPOINT.

What the official client makes of the fake's answers is what its documentation promises of the real
Hub's. Its names are its own; only what it reads from the wire is checked.
"""

import hashlib
import os
import pathlib
import unittest

from huggingface_hub import HfApi, constants, hf_hub_download, scan_cache_dir, snapshot_download
from huggingface_hub.errors import (BadRequestError, DisabledRepoError, EntryNotFoundError, GatedRepoError,
                                    HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError)

CLEAN = "good-org/clean-model"
FLAGGED = "bad-org/flagged-model"
CANARY = "mcpotato/42-eicar-street"
GATED = "gated-org/manual-model"
OLD_CANARY = "8b3861f6931c4026b0cd22b38dbc09e7668983ac"


def api(user=None):
    return HfApi(token="hf_" + user if user else False)


class Info(unittest.TestCase):
    def test_the_status_of_a_repository(self):
        status = api().model_info(CANARY, securityStatus=True).security_repo_status
        self.assertTrue(status["scansDone"])
        self.assertEqual({(file["path"], file["level"]) for file in status["filesWithIssues"]},
                         {("model_broken_X.pkl", "unsafe"), ("danger.dat", "unsafe"), ("build_pickles.py", "caution"),
                          ("eicar_test_file", "unsafe")})
        self.assertEqual(api().model_info(CLEAN, securityStatus=True).security_repo_status,
                         {"scansDone": True, "filesWithIssues": []})
        self.assertIsNone(api().model_info(CLEAN).security_repo_status)
        self.assertIsNone(api().model_info("states-org/absent-status", securityStatus=True).security_repo_status)

    def test_hashes_of_files(self):
        files = {file.rfilename: file for file in
                 api().model_info(CANARY, revision=OLD_CANARY, files_metadata=True).siblings}
        self.assertEqual(files["eicar_test_file"].blob_id, "86b812515e075a1ae216e1239e615a1d9e0b316e")
        self.assertEqual(files["pytorch_model.bin"].lfs["sha256"],
                         "f9343d7d7ec5c3d8bcced056c438fc9f1d3819e9ca3d42418a40857050e10e20")
        self.assertEqual(files["pytorch_model.bin"].lfs["pointer_size"], 127)

    def test_revisions(self):
        old = api().model_info(CLEAN, revision="v1.0")
        self.assertEqual([file.rfilename for file in old.siblings], [".gitattributes", "README.md"])
        self.assertEqual(api().model_info(CLEAN, revision=old.sha).sha, old.sha)
        self.assertNotEqual(api().model_info(CLEAN, revision="refs/pr/1").sha, old.sha)
        with self.assertRaises(RevisionNotFoundError):
            api().model_info(CLEAN, revision="no-such-branch")

    def test_datasets_and_spaces(self):
        self.assertEqual(api().dataset_info("good-org/clean-dataset").author, "good-org")
        self.assertEqual(api().space_info("good-org/clean-space").sdk, "gradio")
        self.assertEqual(api().repo_info("good-org/clean-dataset", repo_type="dataset").id, "good-org/clean-dataset")

    def test_selected_properties(self):
        info = api().model_info(GATED, expand=["gated", "downloads"])
        self.assertEqual((info.gated, info.downloads, info.sha), ("manual", 0, None))

    def test_a_renamed_repository_is_followed(self):
        self.assertEqual(api().model_info("old-org/old-name").id, CLEAN)
        self.assertEqual(api().model_info("older-org/older-name").id, CLEAN)

    def test_refs_and_commits(self):
        refs = api().list_repo_refs(CLEAN, include_pull_requests=True)
        self.assertEqual([ref.name for ref in refs.branches], ["main"])
        self.assertEqual([ref.name for ref in refs.tags], ["v1.0"])
        self.assertEqual([ref.ref for ref in refs.pull_requests], ["refs/pr/1"])
        self.assertEqual([commit.title for commit in api().list_repo_commits(CLEAN)], ["Add weights", "initial commit"])

    def test_who_am_i(self):
        self.assertEqual(api("stranger").whoami()["name"], "stranger")
        with self.assertRaises(HfHubHTTPError):
            api("nobody-of-this-name").whoami()


class Files(unittest.TestCase):
    def test_a_tree_with_the_status_of_files(self):
        tree = {entry.path: entry for entry in api().list_repo_tree(FLAGGED, recursive=True, expand=True)}
        flagged = tree["pytorch_model.bin"]
        self.assertEqual((flagged.security.safe, flagged.security.status), (False, "unsafe"))
        self.assertEqual(flagged.security.pickle_import_scan["pickleImports"],
                         [{"module": "posix", "name": "system", "safety": "dangerous"}])
        self.assertTrue(tree["config.json"].security.safe)
        self.assertEqual(flagged.last_commit.title, "Upload files")

    def test_every_word_of_a_status(self):
        words = {entry.security.status for entry in api().list_repo_tree("states-org/every-status", expand=True)}
        self.assertEqual(words, {"safe", "queued", "error", "caution", "suspicious", "unsafe"})

    def test_pages(self):
        tree = list(api().list_repo_tree("bulk/large", recursive=True, expand=True))
        self.assertEqual(len(tree), 250 + 16)
        self.assertEqual(len({entry.path for entry in tree}), 250 + 16)

    def test_folders(self):
        self.assertEqual([entry.path for entry in api().list_repo_tree(CLEAN, "onnx")], ["onnx/weights.bin"])
        root = {entry.path: entry for entry in api().list_repo_tree(CLEAN)}
        self.assertTrue(root["onnx"].tree_id)
        with self.assertRaises(EntryNotFoundError):
            list(api().list_repo_tree(CLEAN, "no-such-folder"))

    def test_paths(self):
        found = api().get_paths_info(CLEAN, ["onnx/weights.bin", "onnx", "no-such-file"], expand=True)
        self.assertEqual([entry.path for entry in found], ["onnx/weights.bin", "onnx"])
        self.assertEqual(found[0].security.pickle_import_scan["version"], "0.0.32")
        self.assertEqual(found[0].size, found[0].lfs.size)

    def test_awkward_names(self):
        names = api().list_repo_files("good-org/awkward_Names.v1-0")
        found = api().get_paths_info("good-org/awkward_Names.v1-0", names)
        self.assertEqual(sorted(entry.path for entry in found), sorted(names))
        self.assertIn("new\nline.txt", names)

    def test_hashes_behind_a_gate_are_masked(self):
        def hashes(user):
            return [entry.lfs.sha256 for entry in api(user).list_repo_tree(GATED) if entry.lfs]
        self.assertEqual(hashes(None), ["*" * 64])
        self.assertEqual(hashes("pending"), ["*" * 64])
        self.assertNotEqual(hashes("accepted"), ["*" * 64])


class Listing(unittest.TestCase):
    def test_by_author_and_name(self):
        self.assertEqual([model.id for model in api().list_models(author="bad-org")], [FLAGGED])
        self.assertEqual([model.id for model in api().list_models(search="EICAR")], [CANARY])
        self.assertEqual([one.id for one in api().list_datasets(author="good-org")], ["good-org/clean-dataset"])
        self.assertEqual([one.id for one in api().list_spaces(author="good-org")], ["good-org/clean-space"])

    def test_pages(self):
        models = list(api().list_models(author="bulk"))
        self.assertEqual(len({model.id for model in models}), 1100 + 1)
        self.assertEqual(len(list(api().list_models(author="bulk", limit=7))), 7)

    def test_no_status_in_a_listing(self):
        self.assertIsNone(next(iter(api().list_models(author="bad-org", full=True))).security_repo_status)

    def test_private_ones_are_their_owners(self):
        self.assertEqual(list(api("stranger").list_models(author="secret-org")), [])
        self.assertEqual(len(list(api("secret-org").list_models(author="secret-org"))), 1)


class Refusals(unittest.TestCase):
    def test_unknown_and_private(self):
        for repo in ("no-org/nothing", "secret-org/private-model"):
            for user in (None, "stranger"):
                with self.assertRaises(RepositoryNotFoundError) as caught:
                    api(user).model_info(repo)
                self.assertNotIsInstance(caught.exception, GatedRepoError)
                self.assertEqual(caught.exception.response.status_code, 404 if user else 401)
        self.assertTrue(api("secret-org").repo_exists("secret-org/private-model"))

    def test_disabled(self):
        with self.assertRaises(DisabledRepoError):
            api().model_info("bad-org/disabled-model")

    def test_a_token_of_nobody(self):
        with self.assertRaises(HfHubHTTPError) as caught:
            api("nobody-of-this-name").model_info(CLEAN)
        self.assertNotIsInstance(caught.exception, RepositoryNotFoundError)
        self.assertIn("Invalid credentials", str(caught.exception))

    def test_every_stage_of_a_gate(self):
        told = {None: "Please log in", "stranger": "not in the authorized list", "pending": "awaiting a review",
                "rejected": "has been rejected", "reset": "has been reset"}
        for user, message in told.items():
            with self.subTest(user):
                with self.assertRaises(GatedRepoError) as caught:
                    api(user).auth_check(GATED)
                self.assertIn(message, str(caught.exception))
                with self.assertRaises(GatedRepoError) as caught:
                    hf_hub_download(GATED, "config.json", token="hf_" + user if user else False)
                self.assertIn(message, str(caught.exception))
        api("accepted").auth_check(GATED)

    def test_a_request_that_is_wrong(self):
        with self.assertRaises(BadRequestError):
            api().model_info(CLEAN, expand=["securityStatus"])

    def test_limits(self):
        with self.assertRaises(HfHubHTTPError) as caught:
            api().model_info("trouble-org/limited")
        self.assertEqual(caught.exception.response.status_code, 429)
        self.assertIn("201", str(caught.exception))  # the seconds until the window ends

    def test_limits_and_failures_that_pass(self):
        self.assertEqual(len(list(api().list_repo_tree("trouble-org/limited-once"))), 1)
        self.assertEqual(len(list(api().list_repo_tree("trouble-org/failing-once"))), 1)

    def test_servers_in_trouble(self):
        for repo in ("broken", "portal", "cut"):
            with self.subTest(repo), self.assertRaises(Exception):
                api().model_info("trouble-org/" + repo)


class Downloads(unittest.TestCase):
    """What is written here stays: counterscan scans it afterwards."""

    def test_a_snapshot_in_the_cache(self):
        folder = pathlib.Path(snapshot_download(CLEAN))
        self.assertEqual((folder / "onnx" / "weights.bin").read_bytes()[:2], b"PK")
        cache = pathlib.Path(constants.HF_HUB_CACHE) / "models--good-org--clean-model"
        self.assertEqual((cache / "refs" / "main").read_text(), folder.name)
        for entry in api().list_repo_tree(CLEAN, recursive=True):
            if not hasattr(entry, "blob_id"):
                continue
            content = (folder / entry.path).read_bytes()
            blob = (folder / entry.path).readlink().name
            self.assertEqual(blob, entry.lfs.sha256 if entry.lfs else entry.blob_id)
            if entry.lfs:
                self.assertEqual(hashlib.sha256(content).hexdigest(), blob)
        self.assertEqual(len(scan_cache_dir().repos), len(list(pathlib.Path(constants.HF_HUB_CACHE).glob("*--*"))))

    def test_a_flagged_snapshot(self):
        snapshot_download(FLAGGED)
        snapshot_download(CANARY)

    def test_a_snapshot_in_a_folder(self):
        folder = pathlib.Path(os.environ["PEERS_LOCAL_DIR"])
        snapshot_download(CLEAN, local_dir=folder)
        metadata = (folder / ".cache/huggingface/download/config.json.metadata").read_text().split("\n")
        self.assertEqual(metadata[0], api().model_info(CLEAN).sha)
        self.assertEqual(metadata[1], api().get_paths_info(CLEAN, "config.json")[0].blob_id)

    def test_a_gated_file(self):
        path = hf_hub_download(GATED, "model.safetensors", token="hf_accepted")
        self.assertEqual(pathlib.Path(path).read_text(), "weights behind a gate")

    def test_a_dataset(self):
        snapshot_download("good-org/clean-dataset", repo_type="dataset")

    def test_what_is_not_there(self):
        with self.assertRaises(EntryNotFoundError):
            hf_hub_download(CLEAN, "no-such-file")
        with self.assertRaises(RevisionNotFoundError):
            hf_hub_download(CLEAN, "config.json", revision="no-such-branch")


class Access(unittest.TestCase):
    """On the gated dataset, in the order of the names: requests are state."""

    def names(self, status):
        owner = api("gated-org")
        return [one.username for one in getattr(owner, "list_%s_access_requests" % status)(
            "gated-org/manual-dataset", repo_type="dataset")]

    def test_1_lists(self):
        self.assertEqual([self.names(status) for status in ("pending", "accepted", "rejected")],
                         [["pending"], ["accepted"], ["rejected"]])

    def test_2_only_for_the_owner(self):
        with self.assertRaises(HfHubHTTPError) as caught:
            list(api("stranger").list_pending_access_requests(GATED))
        self.assertEqual(caught.exception.response.status_code, 403)

    def test_3_accept_reject_cancel_grant(self):
        owner, repo = api("gated-org"), {"repo_id": "gated-org/manual-dataset", "repo_type": "dataset"}
        owner.accept_access_request(user="pending", **repo)
        self.assertEqual(self.names("accepted"), ["accepted", "pending"])
        owner.reject_access_request(user="pending", rejection_reason="no", **repo)
        self.assertEqual(self.names("rejected"), ["pending", "rejected"])
        owner.cancel_access_request(user="pending", **repo)
        self.assertEqual(self.names("pending"), ["pending"])
        owner.grant_access(user="stranger", **repo)
        self.assertEqual(self.names("accepted"), ["accepted", "stranger"])

    def test_4_mistakes(self):
        owner, repo = api("gated-org"), {"repo_id": "gated-org/manual-dataset", "repo_type": "dataset"}
        for status, call in ((404, lambda: owner.accept_access_request(user="ghost", **repo)),
                             (404, lambda: owner.accept_access_request(user="accepted", **repo)),
                             (400, lambda: owner.grant_access(user="accepted", **repo))):
            with self.assertRaises(HfHubHTTPError) as caught:
                call()
            self.assertEqual(caught.exception.response.status_code, status)


if __name__ == "__main__":
    unittest.main()
