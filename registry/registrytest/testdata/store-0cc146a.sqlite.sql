-- What vtn-xmpp of commit 0cc146a left when it was killed at 2026-11-30T14:02:44Z, by sqlite3 vtn.db .dump.
-- Beside it were an ejabberd and VENs of localhost: ref-a, ref-b and body the reference VEN, the others led by hand, one for each thing that is stored.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(4,3,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(5,4,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(6,5,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(7,6,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(8,7,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(9,8,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(10,9,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(11,10,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(12,12,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(13,13,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(14,15,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(15,16,1,'2026-11-30 14:02:39');
INSERT INTO goose_db_version VALUES(16,18,1,'2026-11-30 14:02:39');
CREATE TABLE change (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    rev BIGINT NOT NULL,
    no  BIGINT NOT NULL
);
INSERT INTO change VALUES(1,100,90);
CREATE TABLE ping (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  BIGINT NOT NULL
);
INSERT INTO ping VALUES(1,1796047359576);
CREATE TABLE ven (
    no              BIGINT PRIMARY KEY,
    ven_id          TEXT COLLATE "binary" NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    profile         TEXT NOT NULL,
    payload_root    TEXT NOT NULL,
    route_transport TEXT NOT NULL DEFAULT '',
    route_identity  TEXT NOT NULL DEFAULT '',
    route_address   TEXT NOT NULL DEFAULT '',
    route_form      TEXT NOT NULL DEFAULT '',
    seen_at         BIGINT,
    labels_rev      BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
, stanza TEXT NOT NULL DEFAULT '', route_stanza TEXT NOT NULL DEFAULT '', deleted_at BIGINT, labels_before TEXT, identified BOOLEAN NOT NULL DEFAULT FALSE);
INSERT INTO ven VALUES(1,'ref-a','The VEN ref-a','2.0b','','xmpp','ref-a@localhost','ref-a@localhost/ven','oadrPayload',1796047359628,13,1796047359623,'','',NULL,NULL,1);
INSERT INTO ven VALUES(2,'ref-b','The VEN ref-b','2.0b','','xmpp','ref-b@localhost','ref-b@localhost/ven','oadrPayload',1796047359652,2,1796047359641,'','',NULL,NULL,1);
INSERT INTO ven VALUES(3,'body','The VEN body','2.0b','','xmpp','body@localhost','body@localhost/ven','message',1796047359671,3,1796047359660,'','body',NULL,NULL,1);
INSERT INTO ven VALUES(4,'north-1','The VEN north-1','2.0b','','xmpp','north-1@localhost','north-1@localhost/ven','oadrPayload',1796047359682,23,1796047359677,'','',NULL,NULL,1);
INSERT INTO ven VALUES(5,'opts','The VEN opts','2.0b','','xmpp','opts@localhost','opts@localhost/ven','oadrPayload',1796047359690,16,1796047359689,'','',NULL,NULL,1);
INSERT INTO ven VALUES(6,'north-2','The VEN north-2','2.0b','','xmpp','north-2@localhost','north-2@localhost/ven','oadrPayload',1796047359713,24,1796047359711,'','',NULL,NULL,1);
INSERT INTO ven VALUES(7,'scheduler','The VEN scheduler','2.0b','','xmpp','scheduler@localhost','scheduler@localhost/ven','oadrPayload',1796047359719,7,1796047359718,'','',NULL,NULL,1);
INSERT INTO ven VALUES(8,'scheduler-2','The VEN scheduler-2','2.0b','','xmpp','scheduler-2@localhost','scheduler-2@localhost/ven','oadrPayload',1796047359725,8,1796047359724,'','',NULL,NULL,1);
INSERT INTO ven VALUES(9,'labels','The VEN labels','2.0b','','xmpp','labels@localhost','labels@localhost/ven','oadrPayload',1796047359739,17,1796047359738,'','',NULL,NULL,1);
INSERT INTO ven VALUES(10,'twice','The VEN twice','2.0b','','xmpp','twice@localhost','twice@localhost/ven','oadrPayload',1796047359773,18,1796047359772,'','',NULL,NULL,1);
INSERT INTO ven VALUES(11,'report-only','The VEN report-only','2.0b','','xmpp','report-only@localhost','report-only@localhost/ven','oadrPayload',1796047359782,11,1796047359781,'','',NULL,NULL,1);
INSERT INTO ven VALUES(12,'entered','never came','2.0b','','','','','',NULL,12,1796047359786,'','',NULL,NULL,1);
INSERT INTO ven VALUES(46,'meter','The VEN meter','2.0b','','xmpp','meter@localhost','meter@localhost/ven','oadrPayload',1796047361941,65,1796047361938,'','',NULL,NULL,1);
INSERT INTO ven VALUES(66,'metadata','The VEN metadata','2.0b','','xmpp','metadata@localhost','metadata@localhost/ven','oadrPayload',1796047362725,79,1796047362722,'','',NULL,NULL,1);
INSERT INTO ven VALUES(74,'leaver','The VEN leaver','2.0b','','xmpp','leaver@localhost','leaver@localhost/ven','oadrPayload',1796047362760,84,1796047362758,'','',NULL,NULL,1);
INSERT INTO ven VALUES(76,'untold','The VEN untold','2.0b','','xmpp','untold@localhost','untold@localhost/ven','oadrPayload',1796047363300,87,1796047363299,'','',NULL,NULL,1);
INSERT INTO ven VALUES(77,'away','The VEN away','2.0b','','xmpp','away@localhost','away@localhost/ven','oadrPayload',1796047363365,88,1796047363319,'','',NULL,NULL,1);
INSERT INTO ven VALUES(79,'deleted','The VEN deleted','2.0b','','xmpp','deleted@localhost','deleted@localhost/ven','oadrPayload',1796047363541,90,1796047363540,'','',1796047363690,'[{"Kind":"all","Value":""},{"Kind":"venID","Value":"deleted"}]',1);
INSERT INTO ven VALUES(81,'rereg','The VEN rereg','2.0b','','xmpp','rereg@localhost','rereg@localhost/ven','oadrPayload',1796047364439,94,1796047364438,'','',NULL,NULL,1);
INSERT INTO ven VALUES(82,'telling','The VEN telling','2.0b','','xmpp','telling@localhost','telling@localhost/ven','oadrPayload',1796047364757,96,1796047364755,'','',NULL,NULL,1);
CREATE TABLE registration (
    registration_id TEXT PRIMARY KEY,
    ven_no          BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    profile         TEXT NOT NULL,
    transport       TEXT NOT NULL,
    address         TEXT NOT NULL,
    http_pull       BOOLEAN NOT NULL,
    report_only     BOOLEAN NOT NULL,
    xml_signature   BOOLEAN NOT NULL,
    started_at      BIGINT NOT NULL,
    ended_at        BIGINT
);
INSERT INTO registration VALUES('reg-wnuzqprpunvycc5q',1,'2.0b','xmpp','ref-a@localhost/ven',0,0,0,1796047359623,NULL);
INSERT INTO registration VALUES('reg-53gnsqrvbkimb6ct',2,'2.0b','xmpp','ref-b@localhost/ven',0,0,0,1796047359641,NULL);
INSERT INTO registration VALUES('reg-6nrylfnv4xlbk7m4',3,'2.0b','xmpp','body@localhost/ven',0,0,0,1796047359660,NULL);
INSERT INTO registration VALUES('reg-ayryynehhshtfazm',4,'2.0b','xmpp','north-1@localhost/ven',0,0,0,1796047359677,NULL);
INSERT INTO registration VALUES('reg-doocudmki3dvuoyp',5,'2.0b','xmpp','opts@localhost/ven',0,0,0,1796047359689,NULL);
INSERT INTO registration VALUES('reg-fap57laaqbfnxpab',6,'2.0b','xmpp','north-2@localhost/ven',0,0,0,1796047359711,NULL);
INSERT INTO registration VALUES('reg-ud6rjxbw4e7psiu2',7,'2.0b','xmpp','scheduler@localhost/ven',0,0,0,1796047359718,NULL);
INSERT INTO registration VALUES('reg-qwkw4fvqk366wd3v',8,'2.0b','xmpp','scheduler-2@localhost/ven',0,0,0,1796047359724,NULL);
INSERT INTO registration VALUES('reg-v5vgalxyahqczrxv',9,'2.0b','xmpp','labels@localhost/ven',0,0,0,1796047359738,NULL);
INSERT INTO registration VALUES('reg-xu557gmymertrzn5',10,'2.0b','xmpp','twice@localhost/ven',0,0,0,1796047359772,NULL);
INSERT INTO registration VALUES('reg-eoug53zatchhumvf',11,'2.0b','xmpp','report-only@localhost/ven',0,1,0,1796047359781,NULL);
INSERT INTO registration VALUES('reg-zo5lc4iqotzrab4q',46,'2.0b','xmpp','meter@localhost/ven',0,0,0,1796047361938,NULL);
INSERT INTO registration VALUES('reg-oyd6vwowlxexb75x',66,'2.0b','xmpp','metadata@localhost/ven',0,0,0,1796047362722,NULL);
INSERT INTO registration VALUES('reg-nk5tmxskctm5fddg',74,'2.0b','xmpp','leaver@localhost/ven',0,0,0,1796047362758,1796047362788);
INSERT INTO registration VALUES('reg-2jq2yex2ndi224sp',76,'2.0b','xmpp','untold@localhost/ven',0,0,0,1796047363299,NULL);
INSERT INTO registration VALUES('reg-bgqzijd5vtjck32s',77,'2.0b','xmpp','away@localhost/ven',0,0,0,1796047363319,NULL);
INSERT INTO registration VALUES('reg-rz2i52i6pnqpk2a4',79,'2.0b','xmpp','deleted@localhost/ven',0,0,0,1796047363540,1796047363690);
INSERT INTO registration VALUES('reg-qqzi43ghdcz6bwaa',81,'2.0b','xmpp','rereg@localhost/ven',0,0,0,1796047364438,NULL);
INSERT INTO registration VALUES('reg-g44clndbink3gfx7',82,'2.0b','xmpp','telling@localhost/ven',0,0,0,1796047364755,NULL);
CREATE TABLE event (
    no             BIGINT PRIMARY KEY,
    event_id       TEXT NOT NULL UNIQUE,
    modification   BIGINT NOT NULL,
    highest        BIGINT NOT NULL,
    rev            BIGINT NOT NULL,
    market_context TEXT NOT NULL,
    test           BOOLEAN NOT NULL,
    start_at       BIGINT NOT NULL,
    end_at         BIGINT,
    created_at     BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL,
    cancelled_at   BIGINT
);
INSERT INTO event VALUES(13,'ev-north',2,2,21,'http://example.org/north',0,1796137200000,1796140800000,1796047359801,1796047359827,NULL);
INSERT INTO event VALUES(14,'ev-cancelled',2,2,27,'http://example.org/dr',0,1796144400000,1796148000000,1796047359898,1796047359915,1796047359915);
INSERT INTO event VALUES(15,'ev-active',1,1,29,'http://example.org/dr',0,1796047360000,1796058160000,1796047359944,1796047359959,NULL);
INSERT INTO event VALUES(16,'ev-never',0,0,30,'http://example.org/dr',0,1796151600000,1796155200000,1796047359974,1796047359974,NULL);
INSERT INTO event VALUES(17,'ev-whole',0,0,31,'http://example.org/dr',0,1796158800000,1796162400000,1796047360002,1796047360002,NULL);
INSERT INTO event VALUES(18,'ev-parts',0,0,32,'http://example.org/dr',0,1796158800000,1796162400000,1796047360004,1796047360004,NULL);
INSERT INTO event VALUES(19,'ev-same',0,0,33,'http://example.org/dr',0,1796158800000,1796162400000,1796047360006,1796047360006,NULL);
INSERT INTO event VALUES(20,'ev-shared-1',0,0,34,'http://example.org/dr',0,1796158800000,1796162400000,1796047360008,1796047360008,NULL);
INSERT INTO event VALUES(21,'ev-shared-2',0,0,35,'http://example.org/dr',0,1796158800000,1796162400000,1796047360010,1796047360010,NULL);
INSERT INTO event VALUES(22,'ev-modified',1,1,42,'http://example.org/dr',0,1796158800000,1796162400000,1796047360012,1796047360158,NULL);
INSERT INTO event VALUES(23,'ev-modified-answered',1,1,43,'http://example.org/dr',0,1796158800000,1796162400000,1796047360014,1796047360175,NULL);
INSERT INTO event VALUES(24,'ev-opt-cancelled',0,0,38,'http://example.org/dr',0,1796158800000,1796162400000,1796047360018,1796047360018,NULL);
INSERT INTO event VALUES(25,'ev-class',0,0,39,'http://example.org/dr',0,1796158800000,1796162400000,1796047360020,1796047360020,NULL);
INSERT INTO event VALUES(26,'ev-group',0,0,40,'http://example.org/dr',0,1796158800000,1796162400000,1796047360022,1796047360022,NULL);
INSERT INTO event VALUES(27,'ev-none',0,0,41,'http://example.org/dr',0,1796158800000,1796162400000,1796047360024,1796047360024,NULL);
INSERT INTO event VALUES(28,'ev-day-1',0,0,44,'http://example.org/dr',0,1796223600000,1796227200000,1796047360262,1796047360262,NULL);
INSERT INTO event VALUES(29,'ev-day-2',0,0,45,'http://example.org/dr',0,1796310000000,1796313600000,1796047360277,1796047360277,NULL);
INSERT INTO event VALUES(30,'ev-day-3',0,0,46,'http://example.org/dr',0,1796396400000,1796400000000,1796047360291,1796047360291,NULL);
INSERT INTO event VALUES(31,'ev-day-4',0,0,47,'http://example.org/dr',0,1796482800000,1796486400000,1796047360306,1796047360306,NULL);
INSERT INTO event VALUES(32,'ev-day-5',0,0,48,'http://example.org/dr',0,1796569200000,1796572800000,1796047360321,1796047360321,NULL);
INSERT INTO event VALUES(33,'ev-day-6',0,0,49,'http://example.org/dr',0,1796655600000,1796659200000,1796047360336,1796047360336,NULL);
INSERT INTO event VALUES(34,'ev-day-7',0,0,50,'http://example.org/dr',0,1796742000000,1796745600000,1796047360352,1796047360352,NULL);
INSERT INTO event VALUES(35,'ev-spelling-1',0,0,51,'http://Example.ORG/dr',0,1797001200000,1797004800000,1796047360448,1796047360448,NULL);
INSERT INTO event VALUES(36,'ev-spelling-2',0,0,52,'http://example.org:80/%64r',0,1797003000000,1797006600000,1796047360477,1796047360477,NULL);
INSERT INTO event VALUES(37,'ev-spelling-3',0,0,53,'http://example.org/x/../dr',0,1797004800000,1797008400000,1796047360494,1796047360494,NULL);
INSERT INTO event VALUES(38,'ev-spelling-4',0,0,54,'http://example.org/dr',0,1797865200000,1797868800000,1796047360512,1796047360512,NULL);
INSERT INTO event VALUES(39,'ev-market-1',0,0,55,'http://example.org/dr',0,1797087600000,1797091200000,1796047360526,1796047360526,NULL);
INSERT INTO event VALUES(40,'ev-market-2',0,0,56,'http://example.org/dr',0,1797094800000,1797098400000,1796047360540,1796047360540,NULL);
INSERT INTO event VALUES(41,'ev-market-3',0,0,57,'http://example.org/dr',0,1797102000000,1797105600000,1796047360555,1796047360555,NULL);
INSERT INTO event VALUES(42,'ev-toaster',0,0,58,'http://example.org/dr',0,1797174000000,1797177600000,1796047360572,1796047360572,NULL);
INSERT INTO event VALUES(43,'ev-level',0,0,59,'http://example.org/dr',0,1797174000000,1797177600000,1796047360585,1796047360585,NULL);
INSERT INTO event VALUES(44,'ev-load',0,0,60,'http://example.org/dr',0,1797174000000,1797177600000,1796047360600,1796047360600,NULL);
INSERT INTO event VALUES(45,'ev-charge',0,0,61,'http://example.org/dr',0,1797174000000,1797177600000,1796047360616,1796047360616,NULL);
INSERT INTO event VALUES(75,'ev-leaver',0,0,85,'http://example.org/dr',0,1796223600000,1796227200000,1796047362761,1796047362761,NULL);
INSERT INTO event VALUES(78,'ev-away',1,1,92,'http://example.org/dr',0,1796223600000,1796227200000,1796047363368,1796047363661,NULL);
INSERT INTO event VALUES(80,'ev-deleted',0,0,91,'http://example.org/dr',0,1796223600000,1796227200000,1796047363544,1796047363544,NULL);
INSERT INTO event VALUES(83,'ev-telling',0,0,97,'http://example.org/dr',0,1796223600000,1796227200000,1796047364758,1796047364758,NULL);
CREATE TABLE event_revision (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    body         TEXT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL, size BIGINT NOT NULL DEFAULT 0, targets BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (event_no, modification)
);
INSERT INTO event_revision VALUES(13,0,19,'{"EventID":"ev-north","MarketContext":"http://example.org/north","Priority":1,"Start":"2026-12-01T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"north"}]}',1796047359801,'api',1782,286);
INSERT INTO event_revision VALUES(13,1,20,'{"EventID":"ev-north","MarketContext":"http://example.org/north","Priority":1,"Start":"2026-12-01T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"first change","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"north"}]}',1796047359825,'api',1819,286);
INSERT INTO event_revision VALUES(13,2,21,'{"EventID":"ev-north","MarketContext":"http://example.org/north","Priority":3,"Start":"2026-12-01T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"second change","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"north"}]}',1796047359827,'api',1820,286);
INSERT INTO event_revision VALUES(14,0,25,'{"EventID":"ev-cancelled","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T17:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"north-1"},{"Kind":"venID","Value":"ref-a"}]}',1796047359898,'api',1783,262);
INSERT INTO event_revision VALUES(14,1,26,'{"EventID":"ev-cancelled","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T17:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"changed","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"north-1"},{"Kind":"venID","Value":"ref-a"}]}',1796047359914,'api',1815,262);
INSERT INTO event_revision VALUES(14,2,27,'{"EventID":"ev-cancelled","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T17:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"changed","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"north-1"},{"Kind":"venID","Value":"ref-a"}]}',1796047359915,'api',1818,262);
INSERT INTO event_revision VALUES(15,0,28,'{"EventID":"ev-active","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-11-30T14:02:40Z","Duration":10800000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":1800000000000,"Value":1},{"Duration":9000000000000,"Value":2}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"opts"},{"Kind":"venID","Value":"ref-a"}]}',1796047359944,'api',2101,262);
INSERT INTO event_revision VALUES(15,1,29,'{"EventID":"ev-active","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-11-30T14:02:40Z","Duration":10800000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"changed","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":1800000000000,"Value":1},{"Duration":9000000000000,"Value":2}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"opts"},{"Kind":"venID","Value":"ref-a"}]}',1796047359959,'api',2133,262);
INSERT INTO event_revision VALUES(16,0,30,'{"EventID":"ev-never","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T19:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"never","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"north-1"},{"Kind":"venID","Value":"ref-a"}]}',1796047359974,'api',1778,262);
INSERT INTO event_revision VALUES(17,0,31,'{"EventID":"ev-whole","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360002,'api',1779,337);
INSERT INTO event_revision VALUES(18,0,32,'{"EventID":"ev-parts","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360004,'api',1779,337);
INSERT INTO event_revision VALUES(19,0,33,'{"EventID":"ev-same","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360006,'api',1778,337);
INSERT INTO event_revision VALUES(20,0,34,'{"EventID":"ev-shared-1","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360008,'api',1782,337);
INSERT INTO event_revision VALUES(21,0,35,'{"EventID":"ev-shared-2","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360010,'api',1782,337);
INSERT INTO event_revision VALUES(22,0,36,'{"EventID":"ev-modified","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360012,'api',1782,337);
INSERT INTO event_revision VALUES(23,0,37,'{"EventID":"ev-modified-answered","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360014,'api',1791,337);
INSERT INTO event_revision VALUES(24,0,38,'{"EventID":"ev-opt-cancelled","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360018,'api',1787,337);
INSERT INTO event_revision VALUES(25,0,39,'{"EventID":"ev-class","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360020,'api',1779,337);
INSERT INTO event_revision VALUES(26,0,40,'{"EventID":"ev-group","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360022,'api',1779,337);
INSERT INTO event_revision VALUES(27,0,41,'{"EventID":"ev-none","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360024,'api',1778,337);
INSERT INTO event_revision VALUES(22,1,42,'{"EventID":"ev-modified","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"changed","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360158,'api',1814,337);
INSERT INTO event_revision VALUES(23,1,43,'{"EventID":"ev-modified-answered","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-01T21:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"changed","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"group","Value":"g1"},{"Kind":"resource","Value":"r1"},{"Kind":"resource","Value":"r2"},{"Kind":"venID","Value":"opts"}]}',1796047360175,'api',1823,337);
INSERT INTO event_revision VALUES(28,0,44,'{"EventID":"ev-day-1","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-02T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"scheduler"},{"Kind":"venID","Value":"scheduler-2"}]}',1796047360262,'api',1779,262);
INSERT INTO event_revision VALUES(29,0,45,'{"EventID":"ev-day-2","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-03T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"scheduler"},{"Kind":"venID","Value":"scheduler-2"}]}',1796047360277,'api',1779,262);
INSERT INTO event_revision VALUES(30,0,46,'{"EventID":"ev-day-3","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-04T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"scheduler"},{"Kind":"venID","Value":"scheduler-2"}]}',1796047360291,'api',1779,262);
INSERT INTO event_revision VALUES(31,0,47,'{"EventID":"ev-day-4","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-05T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"scheduler"},{"Kind":"venID","Value":"scheduler-2"}]}',1796047360306,'api',1779,262);
INSERT INTO event_revision VALUES(32,0,48,'{"EventID":"ev-day-5","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-06T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"scheduler"},{"Kind":"venID","Value":"scheduler-2"}]}',1796047360321,'api',1779,262);
INSERT INTO event_revision VALUES(33,0,49,'{"EventID":"ev-day-6","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-07T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"scheduler"},{"Kind":"venID","Value":"scheduler-2"}]}',1796047360336,'api',1779,262);
INSERT INTO event_revision VALUES(34,0,50,'{"EventID":"ev-day-7","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-08T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"scheduler"},{"Kind":"venID","Value":"scheduler-2"}]}',1796047360352,'api',1779,262);
INSERT INTO event_revision VALUES(35,0,51,'{"EventID":"ev-spelling-1","MarketContext":"http://Example.ORG/dr","Priority":0,"Start":"2026-12-11T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"refuse","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"labels"}]}',1796047360448,'api',1784,262);
INSERT INTO event_revision VALUES(36,0,52,'{"EventID":"ev-spelling-2","MarketContext":"http://example.org:80/%64r","Priority":0,"Start":"2026-12-11T15:30:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"refuse","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"labels"}]}',1796047360477,'api',1789,262);
INSERT INTO event_revision VALUES(37,0,53,'{"EventID":"ev-spelling-3","MarketContext":"http://example.org/x/../dr","Priority":0,"Start":"2026-12-11T16:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"refuse","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"labels"}]}',1796047360494,'api',1789,262);
INSERT INTO event_revision VALUES(38,0,54,'{"EventID":"ev-spelling-4","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-21T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"refuse","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"labels"}]}',1796047360512,'api',1784,262);
INSERT INTO event_revision VALUES(39,0,55,'{"EventID":"ev-market-1","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-12T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"marketContext","Value":"http://example.org/tariff"}]}',1796047360526,'api',1782,262);
INSERT INTO event_revision VALUES(40,0,56,'{"EventID":"ev-market-2","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-12T17:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"marketContext","Value":"HTTP://Example.org:80/tariff"}]}',1796047360540,'api',1782,262);
INSERT INTO event_revision VALUES(41,0,57,'{"EventID":"ev-market-3","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-12T19:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"marketContext","Value":"HTTP://Example.org:80/tariff"},{"Kind":"marketContext","Value":"http://example.org/tariff"}]}',1796047360555,'api',1782,262);
INSERT INTO event_revision VALUES(42,0,58,'{"EventID":"ev-toaster","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-13T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]},{"Name":"LOAD_DISPATCH","Type":"setpoint","Unit":{"Type":"powerReal","Scale":"k","Units":"","Description":"","Hertz":60,"Voltage":220,"AC":true,"PulseFactor":0,"GreenButton":""},"DeviceClasses":["Toaster"],"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"ref-b"}]}',1796047360572,'api',2856,262);
INSERT INTO event_revision VALUES(43,0,59,'{"EventID":"ev-level","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-13T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]},{"Name":"LOAD_DISPATCH","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1.5}]},{"Name":"LOAD_DISPATCH","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":50}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"ref-b"}]}',1796047360585,'api',3023,262);
INSERT INTO event_revision VALUES(44,0,60,'{"EventID":"ev-load","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-13T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]},{"Name":"LOAD_CONTROL","Type":"x-loadControlCapacity","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":5}]},{"Name":"LOAD_CONTROL","Type":"x-loadControlLevelOffset","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1.5}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"ref-b"}]}',1796047360600,'api',3053,262);
INSERT INTO event_revision VALUES(45,0,61,'{"EventID":"ev-charge","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-13T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]},{"Name":"CHARGE_STATE","Type":"multiplier","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":3}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"ref-b"}]}',1796047360616,'api',2403,262);
INSERT INTO event_revision VALUES(75,0,85,'{"EventID":"ev-leaver","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-02T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"leaver"}]}',1796047362761,'api',1780,262);
INSERT INTO event_revision VALUES(78,0,89,'{"EventID":"ev-away","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-02T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"away"}]}',1796047363368,'api',1778,262);
INSERT INTO event_revision VALUES(80,0,91,'{"EventID":"ev-deleted","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-02T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"deleted"}]}',1796047363544,'api',1781,262);
INSERT INTO event_revision VALUES(78,1,92,'{"EventID":"ev-away","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-02T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"changed","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"away"}]}',1796047363661,'api',1810,262);
INSERT INTO event_revision VALUES(83,0,97,'{"EventID":"ev-telling","MarketContext":"http://example.org/dr","Priority":0,"Start":"2026-12-02T15:00:00Z","Duration":3600000000000,"Notification":0,"RampUp":0,"Recovery":0,"StartAfter":0,"TestEvent":false,"Comment":"","ResponseRequired":"always","Overlap":"allow","Signals":[{"Name":"SIMPLE","Type":"level","Unit":null,"DeviceClasses":null,"Intervals":[{"Duration":3600000000000,"Value":1}]}],"Baseline":null,"Targets":[{"Kind":"venID","Value":"telling"}]}',1796047364758,'api',1781,262);
CREATE TABLE event_target (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (event_no, kind, value)
);
INSERT INTO event_target VALUES(13,'group','north');
INSERT INTO event_target VALUES(14,'venID','north-1');
INSERT INTO event_target VALUES(14,'venID','ref-a');
INSERT INTO event_target VALUES(15,'venID','opts');
INSERT INTO event_target VALUES(15,'venID','ref-a');
INSERT INTO event_target VALUES(16,'venID','north-1');
INSERT INTO event_target VALUES(16,'venID','ref-a');
INSERT INTO event_target VALUES(17,'group','g1');
INSERT INTO event_target VALUES(17,'resource','r1');
INSERT INTO event_target VALUES(17,'resource','r2');
INSERT INTO event_target VALUES(17,'venID','opts');
INSERT INTO event_target VALUES(18,'group','g1');
INSERT INTO event_target VALUES(18,'resource','r1');
INSERT INTO event_target VALUES(18,'resource','r2');
INSERT INTO event_target VALUES(18,'venID','opts');
INSERT INTO event_target VALUES(19,'group','g1');
INSERT INTO event_target VALUES(19,'resource','r1');
INSERT INTO event_target VALUES(19,'resource','r2');
INSERT INTO event_target VALUES(19,'venID','opts');
INSERT INTO event_target VALUES(20,'group','g1');
INSERT INTO event_target VALUES(20,'resource','r1');
INSERT INTO event_target VALUES(20,'resource','r2');
INSERT INTO event_target VALUES(20,'venID','opts');
INSERT INTO event_target VALUES(21,'group','g1');
INSERT INTO event_target VALUES(21,'resource','r1');
INSERT INTO event_target VALUES(21,'resource','r2');
INSERT INTO event_target VALUES(21,'venID','opts');
INSERT INTO event_target VALUES(22,'group','g1');
INSERT INTO event_target VALUES(22,'resource','r1');
INSERT INTO event_target VALUES(22,'resource','r2');
INSERT INTO event_target VALUES(22,'venID','opts');
INSERT INTO event_target VALUES(23,'group','g1');
INSERT INTO event_target VALUES(23,'resource','r1');
INSERT INTO event_target VALUES(23,'resource','r2');
INSERT INTO event_target VALUES(23,'venID','opts');
INSERT INTO event_target VALUES(24,'group','g1');
INSERT INTO event_target VALUES(24,'resource','r1');
INSERT INTO event_target VALUES(24,'resource','r2');
INSERT INTO event_target VALUES(24,'venID','opts');
INSERT INTO event_target VALUES(25,'group','g1');
INSERT INTO event_target VALUES(25,'resource','r1');
INSERT INTO event_target VALUES(25,'resource','r2');
INSERT INTO event_target VALUES(25,'venID','opts');
INSERT INTO event_target VALUES(26,'group','g1');
INSERT INTO event_target VALUES(26,'resource','r1');
INSERT INTO event_target VALUES(26,'resource','r2');
INSERT INTO event_target VALUES(26,'venID','opts');
INSERT INTO event_target VALUES(27,'group','g1');
INSERT INTO event_target VALUES(27,'resource','r1');
INSERT INTO event_target VALUES(27,'resource','r2');
INSERT INTO event_target VALUES(27,'venID','opts');
INSERT INTO event_target VALUES(28,'venID','scheduler');
INSERT INTO event_target VALUES(28,'venID','scheduler-2');
INSERT INTO event_target VALUES(29,'venID','scheduler');
INSERT INTO event_target VALUES(29,'venID','scheduler-2');
INSERT INTO event_target VALUES(30,'venID','scheduler');
INSERT INTO event_target VALUES(30,'venID','scheduler-2');
INSERT INTO event_target VALUES(31,'venID','scheduler');
INSERT INTO event_target VALUES(31,'venID','scheduler-2');
INSERT INTO event_target VALUES(32,'venID','scheduler');
INSERT INTO event_target VALUES(32,'venID','scheduler-2');
INSERT INTO event_target VALUES(33,'venID','scheduler');
INSERT INTO event_target VALUES(33,'venID','scheduler-2');
INSERT INTO event_target VALUES(34,'venID','scheduler');
INSERT INTO event_target VALUES(34,'venID','scheduler-2');
INSERT INTO event_target VALUES(35,'venID','labels');
INSERT INTO event_target VALUES(36,'venID','labels');
INSERT INTO event_target VALUES(37,'venID','labels');
INSERT INTO event_target VALUES(38,'venID','labels');
INSERT INTO event_target VALUES(39,'marketContext','http://example.org/tariff');
INSERT INTO event_target VALUES(40,'marketContext','HTTP://Example.org:80/tariff');
INSERT INTO event_target VALUES(41,'marketContext','HTTP://Example.org:80/tariff');
INSERT INTO event_target VALUES(41,'marketContext','http://example.org/tariff');
INSERT INTO event_target VALUES(42,'venID','ref-b');
INSERT INTO event_target VALUES(43,'venID','ref-b');
INSERT INTO event_target VALUES(44,'venID','ref-b');
INSERT INTO event_target VALUES(45,'venID','ref-b');
INSERT INTO event_target VALUES(75,'venID','leaver');
INSERT INTO event_target VALUES(78,'venID','away');
INSERT INTO event_target VALUES(80,'venID','deleted');
INSERT INTO event_target VALUES(83,'venID','telling');
CREATE TABLE event_withdrawn (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
);
CREATE TABLE opt (
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    opt_id       TEXT NOT NULL,
    event_no     BIGINT REFERENCES event (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    reason       TEXT NOT NULL,
    body         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    cancelled_at BIGINT, received_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (ven_no, opt_id)
);
INSERT INTO opt VALUES(5,'o-whole',17,0,'optOut','economic','{}',1796047301000,NULL,1796047360059);
INSERT INTO opt VALUES(5,'o-r1',18,0,'optOut','economic','{"resources":["r1"]}',1796047302000,NULL,1796047360061);
INSERT INTO opt VALUES(5,'o-r2',18,0,'optIn','economic','{"resources":["r2"]}',1796047303000,NULL,1796047360062);
INSERT INTO opt VALUES(5,'o-same',19,0,'optOut','economic','{"resources":["r2"]}',1796047306000,NULL,1796047360067);
INSERT INTO opt VALUES(5,'o-shared',21,0,'optOut','economic','{}',1796047308000,NULL,1796047360072);
INSERT INTO opt VALUES(5,'o-modified',22,0,'optOut','economic','{}',1796047309000,NULL,1796047360075);
INSERT INTO opt VALUES(5,'o-modified-answered',23,0,'optOut','economic','{}',1796047310000,NULL,1796047360077);
INSERT INTO opt VALUES(5,'o-gone',24,0,'optOut','economic','{}',1796047311000,1796047360081,1796047360078);
INSERT INTO opt VALUES(5,'o-class',25,0,'optOut','economic','{"resources":["r1"],"deviceClasses":["Thermostat"]}',1796047312000,NULL,1796047360101);
INSERT INTO opt VALUES(5,'o-group',26,0,'optOut','economic','{"others":{"Groups":["g1"]}}',1796047313000,NULL,1796047360103);
INSERT INTO opt VALUES(5,'o-toaster',25,0,'optOut','economic','{"resources":["r2"],"deviceClasses":["Toaster"]}',1796047314000,NULL,1796047360108);
INSERT INTO opt VALUES(5,'o-outside',27,0,'optOut','economic','{"resources":["zzz"]}',1796047315000,NULL,1796047360123);
INSERT INTO opt VALUES(5,'o-active',15,1,'optOut','economic','{"resources":["r1"]}',1796047316000,NULL,1796047360141);
INSERT INTO opt VALUES(4,'o-north',13,4,'optOut','economic','{}',1796047317000,NULL,1796047360156);
INSERT INTO opt VALUES(7,'s-1',NULL,0,'optOut','economic','{}',1796047318000,NULL,1796047360367);
INSERT INTO opt VALUES(7,'s-2',NULL,0,'optOut','economic','{}',1796047319000,NULL,1796047360368);
INSERT INTO opt VALUES(7,'s-3',NULL,0,'optIn','economic','{}',1796047320000,NULL,1796047360370);
INSERT INTO opt VALUES(7,'s-4',NULL,0,'optOut','economic','{"resources":["r1"]}',1796047321000,NULL,1796047360372);
INSERT INTO opt VALUES(7,'s-5',NULL,0,'optOut','economic','{"resources":["r1"]}',1796047322000,NULL,1796047360374);
INSERT INTO opt VALUES(7,'s-6',NULL,0,'optOut','economic','{"resources":["r2"]}',1796047323000,NULL,1796047360375);
INSERT INTO opt VALUES(8,'s-same',NULL,0,'optOut','economic','{}',1796047325000,NULL,1796047360380);
INSERT INTO opt VALUES(8,'s-gone',NULL,0,'optOut','economic','{}',1796047326000,1796047360438,1796047360381);
INSERT INTO opt VALUES(8,'s-market',NULL,0,'optOut','economic','{"marketContext":"HTTP://Example.ORG:80/dr"}',1796047327000,NULL,1796047360440);
INSERT INTO opt VALUES(74,'l-1',75,0,'optOut','economic','{}',1796047328000,NULL,1796047362778);
INSERT INTO opt VALUES(74,'l-2',NULL,0,'optOut','economic','{}',1796047329000,NULL,1796047362781);
CREATE TABLE opt_period (
    ven_no   BIGINT NOT NULL,
    opt_id   TEXT NOT NULL,
    place    INTEGER NOT NULL,
    start_at BIGINT NOT NULL,
    end_at   BIGINT,
    PRIMARY KEY (ven_no, opt_id, place),
    FOREIGN KEY (ven_no, opt_id) REFERENCES opt (ven_no, opt_id) ON DELETE CASCADE
);
INSERT INTO opt_period VALUES(7,'s-1',0,1796220000000,1796230800000);
INSERT INTO opt_period VALUES(7,'s-2',0,1796306400000,1796317200000);
INSERT INTO opt_period VALUES(7,'s-3',0,1796392800000,1796403600000);
INSERT INTO opt_period VALUES(7,'s-4',0,1796479200000,1796490000000);
INSERT INTO opt_period VALUES(7,'s-5',0,1796565600000,1796576400000);
INSERT INTO opt_period VALUES(7,'s-6',0,1796652000000,1796662800000);
INSERT INTO opt_period VALUES(8,'s-same',0,1796306400000,1796317200000);
INSERT INTO opt_period VALUES(8,'s-same',1,1796392800000,1796403600000);
INSERT INTO opt_period VALUES(8,'s-gone',0,1796479200000,1796490000000);
INSERT INTO opt_period VALUES(8,'s-market',0,1796565600000,NULL);
INSERT INTO opt_period VALUES(74,'l-2',0,1796220000000,1796230800000);
INSERT INTO opt_period VALUES(74,'l-2',1,1796306400000,1796317200000);
CREATE TABLE outbox (
    box        INTEGER PRIMARY KEY,
    ven_no     BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    topic      INTEGER NOT NULL,
    rev        BIGINT NOT NULL,
    sent       BIGINT NOT NULL,
    settled    BIGINT NOT NULL,
    state      TEXT NOT NULL,
    urgency    INTEGER NOT NULL,
    place      BIGINT NOT NULL,
    next_at    BIGINT,
    attempts   BIGINT NOT NULL,
    sent_at    BIGINT,
    settled_at BIGINT,
    result     TEXT NOT NULL,
    code       BIGINT NOT NULL,
    error      TEXT NOT NULL
, pushes BIGINT NOT NULL DEFAULT 0, push_bytes BIGINT NOT NULL DEFAULT 0);
INSERT INTO outbox VALUES(357,1,101,30,30,30,'idle',2,-1359608400000,NULL,0,1796047359976,1796047359978,'acknowledged',200,'',10,1500);
INSERT INTO outbox VALUES(613,2,101,61,61,61,'idle',2,-1358586000000,NULL,0,1796047360617,1796047360619,'acknowledged',200,'',4,600);
INSERT INTO outbox VALUES(869,3,101,3,0,3,'idle',3,0,NULL,0,NULL,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(1125,4,101,30,30,30,'idle',2,-1359608400000,NULL,0,1796047359976,1796047359978,'acknowledged',200,'',9,1350);
INSERT INTO outbox VALUES(1381,5,101,43,43,43,'idle',2,-1359601200000,NULL,0,1796047360211,1796047360223,'acknowledged',200,'',9,1350);
INSERT INTO outbox VALUES(1637,6,101,24,24,24,'idle',0,-1359712640118,NULL,0,1796047359884,1796047359886,'acknowledged',200,'',5,750);
INSERT INTO outbox VALUES(1893,7,101,50,50,50,'idle',2,-1359018000000,NULL,0,1796047360353,1796047360358,'acknowledged',200,'',7,1050);
INSERT INTO outbox VALUES(2149,8,101,50,50,50,'idle',2,-1359018000000,NULL,0,1796047360353,1796047360358,'acknowledged',200,'',7,1050);
INSERT INTO outbox VALUES(2405,9,101,57,57,57,'idle',2,-1358658000000,NULL,0,1796047360556,1796047360561,'acknowledged',200,'',7,1050);
INSERT INTO outbox VALUES(2661,10,101,57,57,57,'idle',2,-1358658000000,NULL,0,1796047360556,1796047360561,'acknowledged',200,'',4,600);
INSERT INTO outbox VALUES(2917,11,101,0,0,0,'off',3,0,NULL,0,NULL,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(3173,12,101,21,0,0,'off',2,-1359622800000,NULL,0,NULL,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(11877,46,101,65,65,65,'idle',2,-1359712638052,NULL,0,1796047361950,1796047361953,'acknowledged',200,'',1,150);
INSERT INTO outbox VALUES(11890,46,114,100,100,77,'in_flight',2,-1359712635236,1796047381005,1,1796047364765,1796047362109,'acknowledged',0,'',0,0);
INSERT INTO outbox VALUES(16997,66,101,79,0,79,'idle',3,0,NULL,0,NULL,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(17010,66,114,82,82,82,'idle',2,-1359712637272,NULL,0,1796047362736,1796047362739,'acknowledged',0,'',0,0);
INSERT INTO outbox VALUES(19045,74,101,85,85,85,'off',2,-1359536400000,NULL,0,1796047362762,1796047362764,'acknowledged',200,'',1,150);
INSERT INTO outbox VALUES(19557,76,101,87,0,87,'idle',3,0,NULL,0,NULL,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(19813,77,101,92,92,89,'parked',2,-1359536400000,1796048461313,1,1796047363663,1796047363383,'acknowledged',0,'service-unavailable',1,150);
INSERT INTO outbox VALUES(20325,79,101,91,91,91,'off',2,-1359536400000,NULL,0,1796047363545,1796047363547,'acknowledged',200,'',1,150);
INSERT INTO outbox VALUES(20327,79,103,93,93,0,'parked',2,-1359712636310,1796048413640,1,1796047363701,NULL,'',0,'service-unavailable',0,0);
INSERT INTO outbox VALUES(20837,81,101,94,0,94,'idle',3,0,NULL,0,NULL,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(20839,81,103,95,95,0,'in_flight',2,-1359712635560,1796047380136,1,1796047364441,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(21093,82,101,97,97,96,'in_flight',2,-1359536400000,1796047379514,1,1796047364759,NULL,'',0,'',0,0);
INSERT INTO outbox VALUES(21106,82,114,99,99,0,'in_flight',2,-1359712635239,1796047378862,1,1796047364762,NULL,'',0,'',0,0);
CREATE TABLE push (
    box        BIGINT NOT NULL REFERENCES outbox (box) ON DELETE CASCADE,
    rev        BIGINT NOT NULL,
    sent_at    BIGINT,
    settled_at BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    result     TEXT NOT NULL,
    code       BIGINT NOT NULL,
    error      TEXT NOT NULL,
    PRIMARY KEY (box, rev)
) WITHOUT ROWID;
INSERT INTO push VALUES(357,13,1796047359789,1796047359791,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,19,1796047359803,1796047359805,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,20,1796047359826,1796047359862,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,21,1796047359865,1796047359870,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,25,1796047359899,1796047359903,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,26,1796047359915,1796047359919,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,27,1796047359920,1796047359922,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,28,1796047359945,1796047359948,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,29,1796047359960,1796047359963,1,'acknowledged',200,'');
INSERT INTO push VALUES(357,30,1796047359976,1796047359978,1,'acknowledged',200,'');
INSERT INTO push VALUES(613,58,1796047360573,1796047360575,1,'acknowledged',200,'');
INSERT INTO push VALUES(613,59,1796047360587,1796047360589,1,'acknowledged',200,'');
INSERT INTO push VALUES(613,60,1796047360602,1796047360605,1,'acknowledged',200,'');
INSERT INTO push VALUES(613,61,1796047360617,1796047360619,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,14,1796047359791,1796047359796,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,19,1796047359803,1796047359805,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,20,1796047359826,1796047359862,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,22,1796047359867,1796047359870,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,23,1796047359874,1796047359875,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,25,1796047359899,1796047359903,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,26,1796047359915,1796047359919,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,27,1796047359920,1796047359933,1,'acknowledged',200,'');
INSERT INTO push VALUES(1125,30,1796047359976,1796047359978,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,16,1796047359797,1796047359798,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,28,1796047359945,1796047359948,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,29,1796047359960,1796047359963,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,31,1796047360003,1796047360006,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,34,1796047360008,1796047360016,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,38,1796047360018,1796047360023,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,41,1796047360024,1796047360035,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,42,1796047360174,1796047360181,1,'acknowledged',200,'');
INSERT INTO push VALUES(1381,43,1796047360211,1796047360223,1,'acknowledged',200,'');
INSERT INTO push VALUES(1637,15,1796047359794,1796047359797,1,'acknowledged',200,'');
INSERT INTO push VALUES(1637,19,1796047359803,1796047359805,1,'acknowledged',200,'');
INSERT INTO push VALUES(1637,20,1796047359826,1796047359862,1,'acknowledged',200,'');
INSERT INTO push VALUES(1637,21,1796047359865,1796047359870,1,'acknowledged',200,'');
INSERT INTO push VALUES(1637,24,1796047359884,1796047359886,1,'acknowledged',200,'');
INSERT INTO push VALUES(1893,44,1796047360265,1796047360268,1,'acknowledged',200,'');
INSERT INTO push VALUES(1893,45,1796047360279,1796047360281,1,'acknowledged',200,'');
INSERT INTO push VALUES(1893,46,1796047360292,1796047360296,1,'acknowledged',200,'');
INSERT INTO push VALUES(1893,47,1796047360307,1796047360310,1,'acknowledged',200,'');
INSERT INTO push VALUES(1893,48,1796047360322,1796047360325,1,'acknowledged',200,'');
INSERT INTO push VALUES(1893,49,1796047360338,1796047360341,1,'acknowledged',200,'');
INSERT INTO push VALUES(1893,50,1796047360353,1796047360358,1,'acknowledged',200,'');
INSERT INTO push VALUES(2149,44,1796047360265,1796047360268,1,'acknowledged',200,'');
INSERT INTO push VALUES(2149,45,1796047360279,1796047360281,1,'acknowledged',200,'');
INSERT INTO push VALUES(2149,46,1796047360292,1796047360296,1,'acknowledged',200,'');
INSERT INTO push VALUES(2149,47,1796047360307,1796047360310,1,'acknowledged',200,'');
INSERT INTO push VALUES(2149,48,1796047360322,1796047360325,1,'acknowledged',200,'');
INSERT INTO push VALUES(2149,49,1796047360338,1796047360341,1,'acknowledged',200,'');
INSERT INTO push VALUES(2149,50,1796047360353,1796047360358,1,'acknowledged',200,'');
INSERT INTO push VALUES(2405,17,1796047359798,1796047359802,1,'acknowledged',200,'');
INSERT INTO push VALUES(2405,51,1796047360459,1796047360461,1,'acknowledged',200,'');
INSERT INTO push VALUES(2405,52,1796047360479,1796047360482,1,'acknowledged',200,'');
INSERT INTO push VALUES(2405,53,1796047360496,1796047360499,1,'acknowledged',200,'');
INSERT INTO push VALUES(2405,54,1796047360513,1796047360516,1,'acknowledged',200,'');
INSERT INTO push VALUES(2405,55,1796047360527,1796047360531,1,'acknowledged',200,'');
INSERT INTO push VALUES(2405,57,1796047360556,1796047360561,1,'acknowledged',200,'');
INSERT INTO push VALUES(2661,18,1796047359800,1796047359802,1,'acknowledged',200,'');
INSERT INTO push VALUES(2661,55,1796047360527,1796047360531,1,'acknowledged',200,'');
INSERT INTO push VALUES(2661,56,1796047360542,1796047360544,1,'acknowledged',200,'');
INSERT INTO push VALUES(2661,57,1796047360556,1796047360561,1,'acknowledged',200,'');
INSERT INTO push VALUES(11877,65,1796047361950,1796047361953,1,'acknowledged',200,'');
INSERT INTO push VALUES(19045,85,1796047362762,1796047362764,1,'acknowledged',200,'');
INSERT INTO push VALUES(19813,89,1796047363377,1796047363383,1,'acknowledged',200,'');
INSERT INTO push VALUES(20325,91,1796047363545,1796047363547,1,'acknowledged',200,'');
CREATE TABLE identity (
    transport TEXT NOT NULL,
    identity  TEXT NOT NULL,
    ven_no    BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    PRIMARY KEY (transport, identity)
) WITHOUT ROWID;
INSERT INTO identity VALUES('xmpp','ref-a@localhost',1);
INSERT INTO identity VALUES('xmpp','ref-b@localhost',2);
INSERT INTO identity VALUES('xmpp','body@localhost',3);
INSERT INTO identity VALUES('xmpp','north-1@localhost',4);
INSERT INTO identity VALUES('xmpp','opts@localhost',5);
INSERT INTO identity VALUES('xmpp','north-2@localhost',6);
INSERT INTO identity VALUES('xmpp','scheduler@localhost',7);
INSERT INTO identity VALUES('xmpp','scheduler-2@localhost',8);
INSERT INTO identity VALUES('xmpp','labels@localhost',9);
INSERT INTO identity VALUES('xmpp','twice@localhost',10);
INSERT INTO identity VALUES('xmpp','report-only@localhost',11);
INSERT INTO identity VALUES('xmpp','entered@localhost',12);
INSERT INTO identity VALUES('xmpp','meter@localhost',46);
INSERT INTO identity VALUES('xmpp','metadata@localhost',66);
INSERT INTO identity VALUES('xmpp','leaver@localhost',74);
INSERT INTO identity VALUES('xmpp','untold@localhost',76);
INSERT INTO identity VALUES('xmpp','away@localhost',77);
INSERT INTO identity VALUES('xmpp','deleted@localhost',79);
INSERT INTO identity VALUES('xmpp','rereg@localhost',81);
INSERT INTO identity VALUES('xmpp','telling@localhost',82);
CREATE TABLE label (
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    ven_no BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev    BIGINT NOT NULL,
    PRIMARY KEY (kind, value, ven_no)
) WITHOUT ROWID;
INSERT INTO label VALUES('all','',1,1);
INSERT INTO label VALUES('all','',2,2);
INSERT INTO label VALUES('all','',3,3);
INSERT INTO label VALUES('all','',4,4);
INSERT INTO label VALUES('all','',5,5);
INSERT INTO label VALUES('all','',6,6);
INSERT INTO label VALUES('all','',7,7);
INSERT INTO label VALUES('all','',8,8);
INSERT INTO label VALUES('all','',9,9);
INSERT INTO label VALUES('all','',10,10);
INSERT INTO label VALUES('all','',11,11);
INSERT INTO label VALUES('all','',12,12);
INSERT INTO label VALUES('all','',46,62);
INSERT INTO label VALUES('all','',66,79);
INSERT INTO label VALUES('all','',74,84);
INSERT INTO label VALUES('all','',76,87);
INSERT INTO label VALUES('all','',77,88);
INSERT INTO label VALUES('all','',81,94);
INSERT INTO label VALUES('all','',82,96);
INSERT INTO label VALUES('group','g1',5,16);
INSERT INTO label VALUES('group','meters',46,65);
INSERT INTO label VALUES('group','north',1,13);
INSERT INTO label VALUES('group','north',4,23);
INSERT INTO label VALUES('group','north',12,12);
INSERT INTO label VALUES('marketContext','HTTP://Example.org:80/tariff',10,18);
INSERT INTO label VALUES('marketContext','http://example.org/a/../tariff',10,18);
INSERT INTO label VALUES('marketContext','http://example.org/tariff',9,17);
INSERT INTO label VALUES('marketContext','http://example.org/tariff',10,18);
INSERT INTO label VALUES('resource','r1',5,16);
INSERT INTO label VALUES('resource','r2',5,16);
INSERT INTO label VALUES('venID','away',77,88);
INSERT INTO label VALUES('venID','body',3,3);
INSERT INTO label VALUES('venID','entered',12,12);
INSERT INTO label VALUES('venID','labels',9,9);
INSERT INTO label VALUES('venID','leaver',74,84);
INSERT INTO label VALUES('venID','metadata',66,79);
INSERT INTO label VALUES('venID','meter',46,62);
INSERT INTO label VALUES('venID','north-1',4,4);
INSERT INTO label VALUES('venID','north-2',6,6);
INSERT INTO label VALUES('venID','opts',5,5);
INSERT INTO label VALUES('venID','ref-a',1,1);
INSERT INTO label VALUES('venID','ref-b',2,2);
INSERT INTO label VALUES('venID','report-only',11,11);
INSERT INTO label VALUES('venID','rereg',81,94);
INSERT INTO label VALUES('venID','scheduler',7,7);
INSERT INTO label VALUES('venID','scheduler-2',8,8);
INSERT INTO label VALUES('venID','telling',82,96);
INSERT INTO label VALUES('venID','twice',10,10);
INSERT INTO label VALUES('venID','untold',76,87);
CREATE TABLE event_answer (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    code         BIGINT NOT NULL,
    answered_at  BIGINT NOT NULL, opt_at BIGINT, error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (event_no, ven_no)
) WITHOUT ROWID;
INSERT INTO event_answer VALUES(13,1,2,'optIn',200,1796047359870,1796047359870,'');
INSERT INTO event_answer VALUES(13,4,3,'optIn',200,1796047359866,1796047359861,'');
INSERT INTO event_answer VALUES(14,1,2,'',200,1796047359922,NULL,'');
INSERT INTO event_answer VALUES(15,1,1,'optIn',200,1796047359963,1796047359963,'');
INSERT INTO event_answer VALUES(17,5,0,'optIn',200,1796047360034,1796047360034,'');
INSERT INTO event_answer VALUES(18,5,0,'optIn',200,1796047360052,1796047360052,'');
INSERT INTO event_answer VALUES(23,5,1,'optIn',200,1796047360258,1796047360258,'');
INSERT INTO event_answer VALUES(27,5,0,'optIn',200,1796047360056,1796047360056,'');
INSERT INTO event_answer VALUES(42,2,0,'optIn',200,1796047360575,1796047360575,'');
INSERT INTO event_answer VALUES(43,2,0,'optOut',200,1796047360589,1796047360589,'');
INSERT INTO event_answer VALUES(44,2,0,'optIn',200,1796047360606,1796047360606,'');
INSERT INTO event_answer VALUES(45,2,0,'optIn',200,1796047360620,1796047360620,'');
CREATE TABLE notice (
    ven_no          BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev             BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    registration_id TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    created_by      TEXT NOT NULL,
    told_at         BIGINT,
    code            BIGINT NOT NULL,
    error           TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    ended_at        BIGINT,
    PRIMARY KEY (ven_no, rev)
) WITHOUT ROWID;
INSERT INTO notice VALUES(79,93,'cancel','reg-rz2i52i6pnqpk2a4',1796047363690,'api',NULL,0,'','pending',NULL);
INSERT INTO notice VALUES(81,95,'reregister','reg-qqzi43ghdcz6bwaa',1796047364440,'api',NULL,0,'','pending',NULL);
CREATE TABLE history (
    no           INTEGER PRIMARY KEY,
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    what         TEXT NOT NULL,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    opt_id       TEXT NOT NULL,
    resources    TEXT NOT NULL,
    code         BIGINT NOT NULL,
    error        TEXT NOT NULL
, target TEXT NOT NULL DEFAULT '{}', nth BIGINT NOT NULL DEFAULT 0);
INSERT INTO history VALUES(1,13,1,1796047359807,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(2,13,4,1796047359861,'answered',2,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(3,13,4,1796047359864,'withdrawn',3,'','','[]',0,'','{}',2);
INSERT INTO history VALUES(4,13,4,1796047359866,'answered',3,'optIn','','[]',200,'','{}',3);
INSERT INTO history VALUES(5,13,4,1796047359868,'retargeted',4,'','','[]',0,'','{}',4);
INSERT INTO history VALUES(6,13,1,1796047359870,'answered',2,'optIn','','[]',200,'','{}',2);
INSERT INTO history VALUES(7,13,6,1796047359882,'withdrawn',3,'','','[]',0,'','{}',1);
INSERT INTO history VALUES(8,14,1,1796047359901,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(9,14,1,1796047359922,'answered',2,'optIn','','[]',200,'','{}',2);
INSERT INTO history VALUES(10,15,1,1796047359950,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(11,15,1,1796047359963,'answered',1,'optIn','','[]',200,'','{}',2);
INSERT INTO history VALUES(12,17,5,1796047360034,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(13,18,5,1796047360052,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(14,27,5,1796047360056,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(15,17,5,1796047360059,'optCreated',0,'optOut','o-whole','[]',0,'','{}',2);
INSERT INTO history VALUES(16,18,5,1796047360061,'optCreated',0,'optOut','o-r1','["r1"]',0,'','{}',2);
INSERT INTO history VALUES(17,18,5,1796047360062,'optCreated',0,'optIn','o-r2','["r2"]',0,'','{}',3);
INSERT INTO history VALUES(18,19,5,1796047360064,'optCreated',0,'optOut','o-same','[]',0,'','{}',1);
INSERT INTO history VALUES(19,19,5,1796047360065,'optReplaced',0,'optIn','o-same','["r1"]',0,'','{}',2);
INSERT INTO history VALUES(20,19,5,1796047360067,'optReplaced',0,'optOut','o-same','["r2"]',0,'','{}',3);
INSERT INTO history VALUES(21,20,5,1796047360070,'optCreated',0,'optOut','o-shared','[]',0,'','{}',1);
INSERT INTO history VALUES(22,20,5,1796047360072,'optCancelled',0,'optOut','o-shared','[]',0,'','{}',2);
INSERT INTO history VALUES(23,21,5,1796047360072,'optCreated',0,'optOut','o-shared','[]',0,'','{}',1);
INSERT INTO history VALUES(24,22,5,1796047360075,'optCreated',0,'optOut','o-modified','[]',0,'','{}',1);
INSERT INTO history VALUES(25,23,5,1796047360077,'optCreated',0,'optOut','o-modified-answered','[]',0,'','{}',1);
INSERT INTO history VALUES(26,24,5,1796047360078,'optCreated',0,'optOut','o-gone','[]',0,'','{}',1);
INSERT INTO history VALUES(27,24,5,1796047360081,'optCancelled',0,'optOut','o-gone','[]',0,'','{}',2);
INSERT INTO history VALUES(28,25,5,1796047360101,'optCreated',0,'optOut','o-class','["r1"]',0,'','{"deviceClasses":["Thermostat"]}',1);
INSERT INTO history VALUES(29,26,5,1796047360103,'optCreated',0,'optOut','o-group','[]',0,'','{"others":{"Groups":["g1"]}}',1);
INSERT INTO history VALUES(30,25,5,1796047360108,'optCreated',0,'optOut','o-toaster','["r2"]',0,'','{"deviceClasses":["Toaster"]}',2);
INSERT INTO history VALUES(31,27,5,1796047360123,'optCreated',0,'optOut','o-outside','["zzz"]',0,'','{}',2);
INSERT INTO history VALUES(32,15,5,1796047360141,'optCreated',1,'optOut','o-active','["r1"]',0,'','{}',1);
INSERT INTO history VALUES(33,13,4,1796047360156,'optCreated',4,'optOut','o-north','[]',0,'','{}',5);
INSERT INTO history VALUES(34,23,5,1796047360258,'answered',1,'optIn','','[]',200,'','{}',2);
INSERT INTO history VALUES(35,42,2,1796047360575,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(36,43,2,1796047360589,'answered',0,'optOut','','[]',200,'','{}',1);
INSERT INTO history VALUES(37,44,2,1796047360606,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(38,45,2,1796047360620,'answered',0,'optIn','','[]',200,'','{}',1);
INSERT INTO history VALUES(39,75,74,1796047362778,'optCreated',0,'optOut','l-1','[]',0,'','{}',1);
INSERT INTO history VALUES(40,80,79,1796047363690,'venDeleted',0,'','','[]',0,'','{}',0);
CREATE TABLE event_target_span (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    rev      BIGINT NOT NULL,
    gone     BIGINT,
    PRIMARY KEY (event_no, kind, value, rev)
) WITHOUT ROWID;
INSERT INTO event_target_span VALUES(13,'group','north',19,NULL);
INSERT INTO event_target_span VALUES(14,'venID','north-1',25,NULL);
INSERT INTO event_target_span VALUES(14,'venID','ref-a',25,NULL);
INSERT INTO event_target_span VALUES(15,'venID','opts',28,NULL);
INSERT INTO event_target_span VALUES(15,'venID','ref-a',28,NULL);
INSERT INTO event_target_span VALUES(16,'venID','north-1',30,NULL);
INSERT INTO event_target_span VALUES(16,'venID','ref-a',30,NULL);
INSERT INTO event_target_span VALUES(17,'group','g1',31,NULL);
INSERT INTO event_target_span VALUES(17,'resource','r1',31,NULL);
INSERT INTO event_target_span VALUES(17,'resource','r2',31,NULL);
INSERT INTO event_target_span VALUES(17,'venID','opts',31,NULL);
INSERT INTO event_target_span VALUES(18,'group','g1',32,NULL);
INSERT INTO event_target_span VALUES(18,'resource','r1',32,NULL);
INSERT INTO event_target_span VALUES(18,'resource','r2',32,NULL);
INSERT INTO event_target_span VALUES(18,'venID','opts',32,NULL);
INSERT INTO event_target_span VALUES(19,'group','g1',33,NULL);
INSERT INTO event_target_span VALUES(19,'resource','r1',33,NULL);
INSERT INTO event_target_span VALUES(19,'resource','r2',33,NULL);
INSERT INTO event_target_span VALUES(19,'venID','opts',33,NULL);
INSERT INTO event_target_span VALUES(20,'group','g1',34,NULL);
INSERT INTO event_target_span VALUES(20,'resource','r1',34,NULL);
INSERT INTO event_target_span VALUES(20,'resource','r2',34,NULL);
INSERT INTO event_target_span VALUES(20,'venID','opts',34,NULL);
INSERT INTO event_target_span VALUES(21,'group','g1',35,NULL);
INSERT INTO event_target_span VALUES(21,'resource','r1',35,NULL);
INSERT INTO event_target_span VALUES(21,'resource','r2',35,NULL);
INSERT INTO event_target_span VALUES(21,'venID','opts',35,NULL);
INSERT INTO event_target_span VALUES(22,'group','g1',36,NULL);
INSERT INTO event_target_span VALUES(22,'resource','r1',36,NULL);
INSERT INTO event_target_span VALUES(22,'resource','r2',36,NULL);
INSERT INTO event_target_span VALUES(22,'venID','opts',36,NULL);
INSERT INTO event_target_span VALUES(23,'group','g1',37,NULL);
INSERT INTO event_target_span VALUES(23,'resource','r1',37,NULL);
INSERT INTO event_target_span VALUES(23,'resource','r2',37,NULL);
INSERT INTO event_target_span VALUES(23,'venID','opts',37,NULL);
INSERT INTO event_target_span VALUES(24,'group','g1',38,NULL);
INSERT INTO event_target_span VALUES(24,'resource','r1',38,NULL);
INSERT INTO event_target_span VALUES(24,'resource','r2',38,NULL);
INSERT INTO event_target_span VALUES(24,'venID','opts',38,NULL);
INSERT INTO event_target_span VALUES(25,'group','g1',39,NULL);
INSERT INTO event_target_span VALUES(25,'resource','r1',39,NULL);
INSERT INTO event_target_span VALUES(25,'resource','r2',39,NULL);
INSERT INTO event_target_span VALUES(25,'venID','opts',39,NULL);
INSERT INTO event_target_span VALUES(26,'group','g1',40,NULL);
INSERT INTO event_target_span VALUES(26,'resource','r1',40,NULL);
INSERT INTO event_target_span VALUES(26,'resource','r2',40,NULL);
INSERT INTO event_target_span VALUES(26,'venID','opts',40,NULL);
INSERT INTO event_target_span VALUES(27,'group','g1',41,NULL);
INSERT INTO event_target_span VALUES(27,'resource','r1',41,NULL);
INSERT INTO event_target_span VALUES(27,'resource','r2',41,NULL);
INSERT INTO event_target_span VALUES(27,'venID','opts',41,NULL);
INSERT INTO event_target_span VALUES(28,'venID','scheduler',44,NULL);
INSERT INTO event_target_span VALUES(28,'venID','scheduler-2',44,NULL);
INSERT INTO event_target_span VALUES(29,'venID','scheduler',45,NULL);
INSERT INTO event_target_span VALUES(29,'venID','scheduler-2',45,NULL);
INSERT INTO event_target_span VALUES(30,'venID','scheduler',46,NULL);
INSERT INTO event_target_span VALUES(30,'venID','scheduler-2',46,NULL);
INSERT INTO event_target_span VALUES(31,'venID','scheduler',47,NULL);
INSERT INTO event_target_span VALUES(31,'venID','scheduler-2',47,NULL);
INSERT INTO event_target_span VALUES(32,'venID','scheduler',48,NULL);
INSERT INTO event_target_span VALUES(32,'venID','scheduler-2',48,NULL);
INSERT INTO event_target_span VALUES(33,'venID','scheduler',49,NULL);
INSERT INTO event_target_span VALUES(33,'venID','scheduler-2',49,NULL);
INSERT INTO event_target_span VALUES(34,'venID','scheduler',50,NULL);
INSERT INTO event_target_span VALUES(34,'venID','scheduler-2',50,NULL);
INSERT INTO event_target_span VALUES(35,'venID','labels',51,NULL);
INSERT INTO event_target_span VALUES(36,'venID','labels',52,NULL);
INSERT INTO event_target_span VALUES(37,'venID','labels',53,NULL);
INSERT INTO event_target_span VALUES(38,'venID','labels',54,NULL);
INSERT INTO event_target_span VALUES(39,'marketContext','http://example.org/tariff',55,NULL);
INSERT INTO event_target_span VALUES(40,'marketContext','HTTP://Example.org:80/tariff',56,NULL);
INSERT INTO event_target_span VALUES(41,'marketContext','HTTP://Example.org:80/tariff',57,NULL);
INSERT INTO event_target_span VALUES(41,'marketContext','http://example.org/tariff',57,NULL);
INSERT INTO event_target_span VALUES(42,'venID','ref-b',58,NULL);
INSERT INTO event_target_span VALUES(43,'venID','ref-b',59,NULL);
INSERT INTO event_target_span VALUES(44,'venID','ref-b',60,NULL);
INSERT INTO event_target_span VALUES(45,'venID','ref-b',61,NULL);
INSERT INTO event_target_span VALUES(75,'venID','leaver',85,NULL);
INSERT INTO event_target_span VALUES(78,'venID','away',89,NULL);
INSERT INTO event_target_span VALUES(80,'venID','deleted',91,NULL);
INSERT INTO event_target_span VALUES(83,'venID','telling',97,NULL);
CREATE TABLE report_specifier (
    ven_no        BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    specifier_id  TEXT NOT NULL,
    name          TEXT NOT NULL,
    body          TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    PRIMARY KEY (ven_no, specifier_id)
);
INSERT INTO report_specifier VALUES(46,'usage','TELEMETRY_USAGE','{"keeps":7200000000000,"createdAt":"2026-11-30T14:02:41Z"}',1796047361944);
INSERT INTO report_specifier VALUES(46,'status','TELEMETRY_STATUS','{"keeps":7200000000000,"createdAt":"2026-11-30T14:02:41Z"}',1796047361944);
INSERT INTO report_specifier VALUES(46,'history','HISTORY_USAGE','{"keeps":14400000000000,"createdAt":"2026-11-30T14:02:41Z"}',1796047361944);
INSERT INTO report_specifier VALUES(46,'green','HISTORY_GREENBUTTON','{"keeps":86400000000000,"createdAt":"2026-11-30T14:02:41Z"}',1796047361944);
INSERT INTO report_specifier VALUES(66,'usage','TELEMETRY_USAGE','{"keeps":7200000000000,"createdAt":"2026-11-30T14:02:42Z"}',1796047362728);
INSERT INTO report_specifier VALUES(66,'status','TELEMETRY_STATUS','{"keeps":7200000000000,"createdAt":"2026-11-30T14:02:42Z"}',1796047362728);
INSERT INTO report_specifier VALUES(66,'history','HISTORY_USAGE','{"keeps":14400000000000,"createdAt":"2026-11-30T14:02:42Z"}',1796047362728);
INSERT INTO report_specifier VALUES(66,'green','HISTORY_GREENBUTTON','{"keeps":86400000000000,"createdAt":"2026-11-30T14:02:42Z"}',1796047362728);
INSERT INTO report_specifier VALUES(82,'usage','TELEMETRY_USAGE','{"keeps":7200000000000,"createdAt":"2026-11-30T14:02:44Z"}',1796047364761);
INSERT INTO report_specifier VALUES(82,'status','TELEMETRY_STATUS','{"keeps":7200000000000,"createdAt":"2026-11-30T14:02:44Z"}',1796047364761);
INSERT INTO report_specifier VALUES(82,'history','HISTORY_USAGE','{"keeps":14400000000000,"createdAt":"2026-11-30T14:02:44Z"}',1796047364761);
INSERT INTO report_specifier VALUES(82,'green','HISTORY_GREENBUTTON','{"keeps":86400000000000,"createdAt":"2026-11-30T14:02:44Z"}',1796047364761);
CREATE TABLE report_point (
    no           INTEGER PRIMARY KEY,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    specifier_id TEXT NOT NULL,
    r_id         TEXT NOT NULL,
    place        INTEGER NOT NULL,
    report_type  TEXT NOT NULL,
    measurement  TEXT NOT NULL,
    min_ms       BIGINT NOT NULL,
    max_ms       BIGINT NOT NULL,
    body         TEXT NOT NULL,
    gone_at      BIGINT
);
INSERT INTO report_point VALUES(47,46,'usage','power',0,'demand','powerReal',1000,3600000,'{"RID":"power","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"demand","Unit":{"Type":"powerReal","Scale":"k","Units":"W","Description":"","Hertz":50,"Voltage":230,"AC":true,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"http://example.org/dr","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(48,46,'usage','energy',1,'usage','energyReal',1000,3600000,'{"RID":"energy","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"usage","Unit":{"Type":"energyReal","Scale":"k","Units":"","Description":"","Hertz":0,"Voltage":0,"AC":false,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(49,46,'status','state',0,'x-resourceStatus','',0,0,'{"RID":"state","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"x-resourceStatus","Unit":null,"ReadingType":"x-notApplicable","MarketContext":"","SamplingRate":null}',NULL);
INSERT INTO report_point VALUES(50,46,'history','energy',0,'usage','energyReal',1000,3600000,'{"RID":"energy","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"usage","Unit":{"Type":"energyReal","Scale":"k","Units":"","Description":"","Hertz":0,"Voltage":0,"AC":false,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(51,46,'green','bill',0,'usage','',0,0,'{"RID":"bill","Subject":null,"DataSource":null,"ReportType":"usage","Unit":null,"ReadingType":"Direct Read","MarketContext":"","SamplingRate":null}',NULL);
INSERT INTO report_point VALUES(67,66,'usage','power',0,'demand','powerReal',1000,3600000,'{"RID":"power","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"demand","Unit":{"Type":"powerReal","Scale":"k","Units":"W","Description":"","Hertz":50,"Voltage":230,"AC":true,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"http://example.org/dr","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(68,66,'usage','energy',1,'usage','energyReal',1000,3600000,'{"RID":"energy","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"usage","Unit":{"Type":"energyReal","Scale":"k","Units":"","Description":"","Hertz":0,"Voltage":0,"AC":false,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(69,66,'status','state',0,'x-resourceStatus','',0,0,'{"RID":"state","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"x-resourceStatus","Unit":null,"ReadingType":"x-notApplicable","MarketContext":"","SamplingRate":null}',NULL);
INSERT INTO report_point VALUES(70,66,'history','energy',0,'usage','energyReal',1000,3600000,'{"RID":"energy","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"usage","Unit":{"Type":"energyReal","Scale":"k","Units":"","Description":"","Hertz":0,"Voltage":0,"AC":false,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(71,66,'green','bill',0,'usage','',0,0,'{"RID":"bill","Subject":null,"DataSource":null,"ReportType":"usage","Unit":null,"ReadingType":"Direct Read","MarketContext":"","SamplingRate":null}',NULL);
INSERT INTO report_point VALUES(84,82,'usage','power',0,'demand','powerReal',1000,3600000,'{"RID":"power","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"demand","Unit":{"Type":"powerReal","Scale":"k","Units":"W","Description":"","Hertz":50,"Voltage":230,"AC":true,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"http://example.org/dr","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(85,82,'usage','energy',1,'usage','energyReal',1000,3600000,'{"RID":"energy","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"usage","Unit":{"Type":"energyReal","Scale":"k","Units":"","Description":"","Hertz":0,"Voltage":0,"AC":false,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(86,82,'status','state',0,'x-resourceStatus','',0,0,'{"RID":"state","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"x-resourceStatus","Unit":null,"ReadingType":"x-notApplicable","MarketContext":"","SamplingRate":null}',NULL);
INSERT INTO report_point VALUES(87,82,'history','energy',0,'usage','energyReal',1000,3600000,'{"RID":"energy","Subject":null,"DataSource":{"Resources":["boiler"]},"ReportType":"usage","Unit":{"Type":"energyReal","Scale":"k","Units":"","Description":"","Hertz":0,"Voltage":0,"AC":false,"PulseFactor":0,"GreenButton":""},"ReadingType":"Direct Read","MarketContext":"","SamplingRate":{"MinPeriod":1000000000,"MaxPeriod":3600000000000,"OnChange":false}}',NULL);
INSERT INTO report_point VALUES(88,82,'green','bill',0,'usage','',0,0,'{"RID":"bill","Subject":null,"DataSource":null,"ReportType":"usage","Unit":null,"ReadingType":"Direct Read","MarketContext":"","SamplingRate":null}',NULL);
CREATE TABLE report_order (
    no         INTEGER PRIMARY KEY,
    order_id   TEXT NOT NULL UNIQUE,
    standing   BOOLEAN NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_at   BIGINT
);
INSERT INTO report_order VALUES(52,'ord-op5knwytus',0,'{"Targets":[{"Kind":"venID","Value":"meter"}],"SpecifierID":"usage","RIDs":["power"],"ReportName":"","ReportType":"","Measurement":"","Granularity":60000000000,"ReportBack":300000000000,"Start":"2026-11-30T14:02:00Z","Duration":0,"Standing":false,"Piggyback":false}',1796047361953,'api',NULL);
INSERT INTO report_order VALUES(54,'ord-e2xbkhbzgt',0,'{"Targets":[{"Kind":"venID","Value":"meter"}],"SpecifierID":"usage","RIDs":["power"],"ReportName":"","ReportType":"","Measurement":"","Granularity":0,"ReportBack":0,"Start":"0001-01-01T00:00:00Z","Duration":0,"Standing":false,"Piggyback":false}',1796047361977,'api',NULL);
INSERT INTO report_order VALUES(56,'ord-5tabhpz6zx',0,'{"Targets":[{"Kind":"venID","Value":"meter"}],"SpecifierID":"usage","RIDs":["power"],"ReportName":"","ReportType":"","Measurement":"","Granularity":60000000000,"ReportBack":300000000000,"Start":"2026-11-30T14:02:00Z","Duration":0,"Standing":false,"Piggyback":false}',1796047362001,'api',1796047362015);
INSERT INTO report_order VALUES(58,'ord-6fap336srt',0,'{"Targets":[{"Kind":"venID","Value":"meter"}],"SpecifierID":"history","RIDs":["energy"],"ReportName":"","ReportType":"","Measurement":"","Granularity":300000000000,"ReportBack":0,"Start":"2026-11-30T12:02:00Z","Duration":7200000000000,"Standing":false,"Piggyback":false}',1796047362030,'api',NULL);
INSERT INTO report_order VALUES(60,'ord-4jcgqlxrre',0,'{"Targets":[{"Kind":"venID","Value":"meter"}],"SpecifierID":"usage","RIDs":["power"],"ReportName":"","ReportType":"","Measurement":"","Granularity":60000000000,"ReportBack":300000000000,"Start":"2026-11-30T14:02:00Z","Duration":0,"Standing":false,"Piggyback":false}',1796047362047,'api',1796047362061);
INSERT INTO report_order VALUES(62,'ord-qn7ee2ta2y',1,'{"Targets":[{"Kind":"group","Value":"meters"}],"SpecifierID":"usage","RIDs":["power"],"ReportName":"","ReportType":"","Measurement":"","Granularity":60000000000,"ReportBack":300000000000,"Start":"2026-11-30T14:02:00Z","Duration":0,"Standing":true,"Piggyback":false}',1796047362062,'api',NULL);
INSERT INTO report_order VALUES(64,'ord-s3dvy4qm4v',0,'{"Targets":[{"Kind":"venID","Value":"meter"}],"SpecifierID":"status","RIDs":null,"ReportName":"","ReportType":"","Measurement":"","Granularity":0,"ReportBack":0,"Start":"0001-01-01T00:00:00Z","Duration":0,"Standing":false,"Piggyback":true}',1796047362076,'api',NULL);
INSERT INTO report_order VALUES(72,'ord-o53kmuhvdt',0,'{"Targets":[{"Kind":"venID","Value":"metadata"}],"SpecifierID":"METADATA","RIDs":null,"ReportName":"","ReportType":"","Measurement":"","Granularity":0,"ReportBack":600000000000,"Start":"0001-01-01T00:00:00Z","Duration":0,"Standing":false,"Piggyback":false}',1796047362732,'api',NULL);
INSERT INTO report_order VALUES(89,'ord-w5z5lfxpu5',0,'{"Targets":[{"Kind":"venID","Value":"meter"}],"SpecifierID":"usage","RIDs":["power"],"ReportName":"","ReportType":"","Measurement":"","Granularity":60000000000,"ReportBack":300000000000,"Start":"2026-11-30T14:02:00Z","Duration":0,"Standing":false,"Piggyback":false}',1796047364764,'api',NULL);
CREATE TABLE report_request (
    no                INTEGER PRIMARY KEY,
    report_request_id TEXT NOT NULL UNIQUE,
    order_id          TEXT NOT NULL,
    ven_no            BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    specifier_id      TEXT NOT NULL,
    granularity_ms    BIGINT NOT NULL,
    body              TEXT NOT NULL,
    state             TEXT NOT NULL,
    rev               BIGINT NOT NULL,
    piggyback         BOOLEAN NOT NULL,
    to_follow         BOOLEAN NOT NULL,
    last_owed         BOOLEAN NOT NULL,
    created_at        BIGINT NOT NULL,
    created_by        TEXT NOT NULL,
    told_at           BIGINT,
    data_at           BIGINT,
    ended_at          BIGINT,
    code              BIGINT NOT NULL,
    error             TEXT NOT NULL
);
INSERT INTO report_request VALUES(53,'rr-vy6ag7rxaa57','ord-op5knwytus',46,'usage',60000,'{"reportName":"TELEMETRY_USAGE","rIDs":["power"],"reportBack":300000000000,"start":"2026-11-30T14:02:00Z"}','active',67,0,0,0,1796047361953,'api',1796047361958,1796047361971,NULL,200,'');
INSERT INTO report_request VALUES(55,'rr-qlryflyrpged','ord-e2xbkhbzgt',46,'usage',0,'{"reportName":"TELEMETRY_USAGE","rIDs":["power"],"start":"0001-01-01T00:00:00Z"}','active',68,0,0,0,1796047361977,'api',1796047361983,1796047361994,NULL,200,'');
INSERT INTO report_request VALUES(57,'rr-7xhyo7py4h2p','ord-5tabhpz6zx',46,'usage',60000,'{"reportName":"TELEMETRY_USAGE","rIDs":["power"],"reportBack":300000000000,"start":"2026-11-30T14:02:00Z"}','cancelled',70,0,0,0,1796047362001,'api',1796047362007,NULL,1796047362021,200,'');
INSERT INTO report_request VALUES(59,'rr-xfl3s5mwos2g','ord-6fap336srt',46,'history',300000,'{"reportName":"HISTORY_USAGE","rIDs":["energy"],"start":"2026-11-30T12:02:00Z","duration":7200000000000}','active',71,0,0,0,1796047362030,'api',1796047362036,NULL,NULL,200,'');
INSERT INTO report_request VALUES(61,'rr-g7emqphsksrx','ord-4jcgqlxrre',46,'usage',60000,'{"reportName":"TELEMETRY_USAGE","rIDs":["power"],"reportBack":300000000000,"start":"2026-11-30T14:02:00Z"}','cancelling',73,1,0,0,1796047362047,'api',1796047362050,NULL,NULL,200,'');
INSERT INTO report_request VALUES(63,'rr-pwbuz37jvum4','ord-qn7ee2ta2y',46,'usage',60000,'{"reportName":"TELEMETRY_USAGE","rIDs":["power"],"reportBack":300000000000,"start":"2026-11-30T14:02:00Z"}','active',74,0,0,0,1796047362062,'api',1796047362067,NULL,NULL,200,'');
INSERT INTO report_request VALUES(65,'rr-nijapji5idlf','ord-s3dvy4qm4v',46,'status',0,'{"reportName":"TELEMETRY_STATUS","rIDs":["state"],"start":"0001-01-01T00:00:00Z"}','pending',75,1,0,0,1796047362076,'api',NULL,NULL,NULL,0,'');
INSERT INTO report_request VALUES(73,'rr-kxuilmn3nf5a','ord-o53kmuhvdt',66,'METADATA',0,'{"rIDs":["METADATA"],"reportBack":600000000000,"start":"0001-01-01T00:00:00Z"}','active',82,0,0,0,1796047362732,'api',1796047362738,NULL,NULL,200,'');
INSERT INTO report_request VALUES(90,'rr-rjg6niz4sps5','ord-w5z5lfxpu5',46,'usage',60000,'{"reportName":"TELEMETRY_USAGE","rIDs":["power"],"reportBack":300000000000,"start":"2026-11-30T14:02:00Z"}','pending',100,0,0,0,1796047364764,'api',NULL,NULL,NULL,0,'');
CREATE TABLE own_report (
    ven_no            BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    report_request_id TEXT NOT NULL,
    registration_id   TEXT NOT NULL,
    rev               BIGINT NOT NULL,
    every_ms          BIGINT NOT NULL,
    next_at           BIGINT,
    ends_at           BIGINT,
    PRIMARY KEY (ven_no, report_request_id)
);
INSERT INTO own_report VALUES(46,'','reg-zo5lc4iqotzrab4q',64,0,NULL,NULL);
INSERT INTO own_report VALUES(46,'own-hourly','reg-zo5lc4iqotzrab4q',77,3600000,1796050962091,NULL);
INSERT INTO own_report VALUES(66,'','reg-oyd6vwowlxexb75x',81,0,NULL,NULL);
INSERT INTO own_report VALUES(82,'','reg-g44clndbink3gfx7',99,0,NULL,NULL);
CREATE TABLE report_value (
    request_no  BIGINT NOT NULL REFERENCES report_request (no) ON DELETE CASCADE,
    start_at    BIGINT NOT NULL,
    point_no    BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    value       DOUBLE PRECISION NOT NULL,
    quality     TEXT,
    confidence  BIGINT,
    accuracy    DOUBLE PRECISION,
    body        TEXT,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (request_no, start_at, point_no)
) WITHOUT ROWID;
INSERT INTO report_value VALUES(53,1796047320000,47,60000,1.0,NULL,NULL,NULL,NULL,1796047361971);
INSERT INTO report_value VALUES(53,1796047380000,47,60000,2.0,NULL,NULL,NULL,NULL,1796047361971);
INSERT INTO report_value VALUES(53,1796047440000,47,60000,3.0,NULL,NULL,NULL,NULL,1796047361971);
INSERT INTO report_value VALUES(55,1796047320000,47,60000,7.0,NULL,NULL,NULL,NULL,1796047361994);
CREATE TABLE report_order_target (
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    order_no BIGINT NOT NULL REFERENCES report_order (no) ON DELETE CASCADE,
    PRIMARY KEY (kind, value, order_no)
) WITHOUT ROWID;
INSERT INTO report_order_target VALUES('group','meters',62);
CREATE TABLE event_own (
    event_no  BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no    BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev       BIGINT NOT NULL,
    gone      BIGINT,
    added     BIGINT NOT NULL,
    withdrawn BIGINT,
    before    BIGINT,
    shown     BIGINT,
    matched   TEXT NOT NULL,
    at        BIGINT,
    PRIMARY KEY (event_no, ven_no, rev)
) WITHOUT ROWID;
INSERT INTO event_own VALUES(13,4,22,23,0,3,2,2,'',1796047359864);
INSERT INTO event_own VALUES(13,4,23,NULL,2,NULL,NULL,NULL,'',1796047359868);
INSERT INTO event_own VALUES(13,6,24,NULL,0,3,2,2,'',1796047359882);
CREATE TABLE event_left (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
) WITHOUT ROWID;
INSERT INTO event_left VALUES(80,79,0,91);
CREATE TABLE quota_use (
    ven_no BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    kind   TEXT NOT NULL,
    amount BIGINT NOT NULL,
    bytes  BIGINT NOT NULL,
    PRIMARY KEY (ven_no, kind)
) WITHOUT ROWID;
INSERT INTO quota_use VALUES(1,'history',6,924);
INSERT INTO quota_use VALUES(1,'registrations',1,219);
INSERT INTO quota_use VALUES(2,'history',4,616);
INSERT INTO quota_use VALUES(2,'registrations',1,219);
INSERT INTO quota_use VALUES(3,'registrations',1,218);
INSERT INTO quota_use VALUES(4,'history',5,777);
INSERT INTO quota_use VALUES(4,'opts',1,224);
INSERT INTO quota_use VALUES(4,'registrations',1,221);
INSERT INTO quota_use VALUES(5,'history',22,3642);
INSERT INTO quota_use VALUES(5,'opts',13,3150);
INSERT INTO quota_use VALUES(5,'registrations',1,218);
INSERT INTO quota_use VALUES(6,'history',1,154);
INSERT INTO quota_use VALUES(6,'registrations',1,221);
INSERT INTO quota_use VALUES(7,'opts',12,1752);
INSERT INTO quota_use VALUES(7,'registrations',1,223);
INSERT INTO quota_use VALUES(8,'opts',7,994);
INSERT INTO quota_use VALUES(8,'registrations',1,225);
INSERT INTO quota_use VALUES(9,'registrations',1,220);
INSERT INTO quota_use VALUES(10,'registrations',1,219);
INSERT INTO quota_use VALUES(11,'registrations',1,225);
INSERT INTO quota_use VALUES(46,'points',9,3323);
INSERT INTO quota_use VALUES(46,'registrations',1,219);
INSERT INTO quota_use VALUES(46,'requests',8,8795);
INSERT INTO quota_use VALUES(46,'values',4,256);
INSERT INTO quota_use VALUES(66,'points',9,3323);
INSERT INTO quota_use VALUES(66,'registrations',1,222);
INSERT INTO quota_use VALUES(66,'requests',1,1078);
INSERT INTO quota_use VALUES(74,'history',1,157);
INSERT INTO quota_use VALUES(74,'opts',4,566);
INSERT INTO quota_use VALUES(74,'registrations',1,220);
INSERT INTO quota_use VALUES(76,'registrations',1,220);
INSERT INTO quota_use VALUES(77,'registrations',1,218);
INSERT INTO quota_use VALUES(79,'registrations',1,221);
INSERT INTO quota_use VALUES(81,'registrations',1,219);
INSERT INTO quota_use VALUES(82,'points',9,3323);
INSERT INTO quota_use VALUES(82,'registrations',1,221);
CREATE TABLE event_omitted (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no   BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    since    BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
) WITHOUT ROWID;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',16);
CREATE INDEX registration_ven ON registration (ven_no);
CREATE UNIQUE INDEX registration_standing ON registration (ven_no) WHERE ended_at IS NULL;
CREATE INDEX event_end ON event (end_at);
CREATE INDEX event_market_context ON event (market_context, start_at);
CREATE INDEX event_target_label ON event_target (kind, value);
CREATE INDEX event_withdrawn_ven ON event_withdrawn (ven_no);
CREATE INDEX opt_event ON opt (event_no);
CREATE INDEX outbox_parked ON outbox (next_at) WHERE state = 'parked';
CREATE INDEX outbox_ven ON outbox (ven_no);
CREATE INDEX push_settled ON push (settled_at);
CREATE INDEX identity_ven ON identity (ven_no);
CREATE INDEX label_ven ON label (ven_no, kind, value);
CREATE VIEW targeted (event_no, ven_no, kind, value) AS
    SELECT t.event_no, l.ven_no, t.kind, t.value
      FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value;
CREATE INDEX event_answer_ven ON event_answer (ven_no);
CREATE INDEX registration_report_only ON registration (ven_no) WHERE report_only AND ended_at IS NULL;
CREATE INDEX outbox_due ON outbox (urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts = 0;
CREATE INDEX outbox_silent ON outbox (urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts > 0;
CREATE INDEX notice_standing ON notice (ven_no) WHERE ended_at IS NULL;
CREATE INDEX history_event ON history (event_no, at);
CREATE INDEX history_ven ON history (ven_no, event_no, no);
CREATE INDEX opt_schedule ON opt (ven_no) WHERE event_no IS NULL AND cancelled_at IS NULL;
CREATE UNIQUE INDEX report_point_offered ON report_point (ven_no, specifier_id, r_id) WHERE gone_at IS NULL;
CREATE INDEX report_point_any ON report_point (ven_no, specifier_id, r_id, gone_at);
CREATE INDEX report_point_gone ON report_point (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX report_order_standing ON report_order (no) WHERE standing AND ended_at IS NULL;
CREATE INDEX report_request_ven ON report_request (ven_no, no);
CREATE INDEX report_request_order ON report_request (order_id, no);
CREATE INDEX report_request_rev ON report_request (rev);
CREATE INDEX report_request_untold ON report_request (ven_no) WHERE state IN ('pending', 'cancelling');
CREATE INDEX report_request_cancelling ON report_request (ven_no) WHERE state = 'cancelling';
CREATE INDEX report_request_ended ON report_request (ended_at);
CREATE INDEX own_report_next ON own_report (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX report_order_target_order ON report_order_target (order_no);
CREATE INDEX report_request_open ON report_request (ven_no) WHERE state IN ('pending', 'active', 'cancelling') OR last_owed;
CREATE INDEX event_own_ven ON event_own (ven_no);
CREATE INDEX ven_deleted ON ven (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX event_left_ven ON event_left (ven_no);
CREATE INDEX opt_cancelled ON opt (ven_no, cancelled_at) WHERE cancelled_at IS NOT NULL;
CREATE INDEX event_omitted_ven ON event_omitted (ven_no);
CREATE INDEX event_omitted_open ON event_omitted (until);
COMMIT;
