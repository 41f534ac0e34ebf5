"""Runs where huggingface_hub 0.25 is installed, the last before the status changed its names.

It reads the old words: that the fake speaks them is told by a client that knew no others.
"""

import unittest

from huggingface_hub import HfApi


class OldWords(unittest.TestCase):
    def test_the_status_of_a_repository(self):
        status = HfApi().model_info("old-org/dialect-b", securityStatus=True).securityStatus
        self.assertTrue(status["hasUnsafeFile"])
        self.assertEqual(status["clamAVInfectedFiles"], ["eicar_test_file"])
        self.assertEqual(status["dangerousPickles"], ["danger.dat"])

    def test_the_status_of_files(self):
        tree = {entry.path: entry.security for entry in HfApi().list_repo_tree("old-org/dialect-b", expand=True)}
        self.assertEqual([tree[path].safe for path in ("danger.dat", "eicar_test_file", "fine.bin")],
                         [False, False, True])
        self.assertTrue(tree["eicar_test_file"].av_scan["virusFound"])
        self.assertEqual(tree["danger.dat"].pickle_import_scan["highestSafetyLevel"], "dangerous")

    def test_since_the_change_it_finds_nothing(self):
        """What happened to scripts in October 2024: the member was gone, and no error came."""
        info = HfApi().model_info("bad-org/flagged-model", securityStatus=True)
        self.assertIsNone(getattr(info, "securityStatus", None))
        files = HfApi().list_repo_tree("bad-org/flagged-model", expand=True)
        self.assertTrue(all(entry.security is None for entry in files))


if __name__ == "__main__":
    unittest.main()
