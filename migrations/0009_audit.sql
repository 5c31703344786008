CREATE TABLE `audit_entries` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`latest_at` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_name` text NOT NULL,
	`actor_from` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`account_id` text,
	`before` text,
	`after` text,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_subject` ON `audit_entries` (`subject`);--> statement-breakpoint
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor_name`);--> statement-breakpoint
CREATE INDEX `audit_entries_account` ON `audit_entries` (`account_id`);--> statement-breakpoint
CREATE INDEX `audit_entries_latest_at` ON `audit_entries` (`latest_at`);