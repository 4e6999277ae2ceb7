-- Whether a VEN has an identity or ever had one: then nobody else takes it up (rule N4).

-- +goose Up

ALTER TABLE ven ADD COLUMN identified BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE ven SET identified = TRUE
 WHERE route_identity <> '' OR seen_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM identity i WHERE i.ven_no = ven.no)
    OR EXISTS (SELECT 1 FROM registration r WHERE r.ven_no = ven.no)
    OR EXISTS (SELECT 1 FROM notice n WHERE n.ven_no = ven.no)
    OR EXISTS (SELECT 1 FROM history h WHERE h.ven_no = ven.no)
    OR EXISTS (SELECT 1 FROM opt o WHERE o.ven_no = ven.no);
