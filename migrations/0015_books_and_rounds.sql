CREATE TABLE `ledger_books` (
	`book` text PRIMARY KEY NOT NULL,
	`cents` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `ledger_books` (`book`, `cents`) SELECT `book`, sum(`cents`) FROM `ledger_postings` GROUP BY `book`;--> statement-breakpoint
DROP INDEX `ledger_postings_book`;--> statement-breakpoint
CREATE INDEX `rate_windows_round` ON `rate_windows` (`round`);