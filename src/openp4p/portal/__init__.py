"""The portal: practices see, question and correct their results before anything is paid."""
