"""The demonstration: a made-up sub-district, true to scale. 演示"""

from weiyou.services.demo.accounts import PASSWORD, SignIn, sign_ins
from weiyou.services.demo.seed import SEED, Plan, is_seeded, sow

__all__ = ["PASSWORD", "SEED", "Plan", "SignIn", "is_seeded", "sign_ins", "sow"]
