from django.db import migrations

# An update that leaves a group's quantity alone, which most are, need not sum its line again.
CHANGED = """
DROP TRIGGER unitgroup_sum ON orders_unitgroup;
CREATE CONSTRAINT TRIGGER unitgroup_sum AFTER INSERT OR DELETE ON orders_unitgroup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orders_check_units();
CREATE CONSTRAINT TRIGGER unitgroup_sum_changed AFTER UPDATE ON orders_unitgroup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.quantity IS DISTINCT FROM NEW.quantity OR OLD.line_id IS DISTINCT FROM NEW.line_id)
    EXECUTE FUNCTION orders_check_units();
"""
ANY = """
DROP TRIGGER unitgroup_sum_changed ON orders_unitgroup;
DROP TRIGGER unitgroup_sum ON orders_unitgroup;
CREATE CONSTRAINT TRIGGER unitgroup_sum AFTER INSERT OR DELETE OR UPDATE OF quantity, line_id ON orders_unitgroup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orders_check_units();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_walls")]
    operations = [migrations.RunSQL(CHANGED, ANY)]
