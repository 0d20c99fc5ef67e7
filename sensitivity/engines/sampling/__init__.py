"""What worlds tell beyond probabilities: derivatives, covariances of twins, spreads, minimal sets.

Everything here takes programs, keys and the coins' probabilities, and knows nothing of stories or engines.
"""
