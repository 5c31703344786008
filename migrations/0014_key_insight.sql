CREATE TABLE `key_addresses` (
	`key_seq` integer NOT NULL,
	`address` text NOT NULL,
	`first_seen_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`requests` integer NOT NULL,
	`last_seen_day` integer NOT NULL,
	PRIMARY KEY(`key_seq`, `address`),
	FOREIGN KEY (`key_seq`) REFERENCES `api_keys`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `key_addresses_age` ON `key_addresses` (`last_seen_day`);--> statement-breakpoint
CREATE TABLE `key_usage_hours` (
	`key_seq` integer NOT NULL,
	`hour` integer NOT NULL,
	`ok` integer NOT NULL,
	`unauthorized` integer DEFAULT 0 NOT NULL,
	`forbidden` integer DEFAULT 0 NOT NULL,
	`limited` integer DEFAULT 0 NOT NULL,
	`invalid` integer DEFAULT 0 NOT NULL,
	`failed` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`key_seq`, `hour`),
	FOREIGN KEY (`key_seq`) REFERENCES `api_keys`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `key_usage_hours_age` ON `key_usage_hours` (`hour`);--> statement-breakpoint
ALTER TABLE `key_usage_days` ADD `ok` integer;--> statement-breakpoint
ALTER TABLE `key_usage_days` ADD `unauthorized` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `key_usage_days` ADD `forbidden` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `key_usage_days` ADD `limited` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `key_usage_days` ADD `invalid` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `key_usage_days` ADD `failed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `key_usage_days_age` ON `key_usage_days` (`day`);--> statement-breakpoint
CREATE INDEX `accounts_listing` ON `accounts` (`created_at`,`id`);